// SPDX-License-Identifier: Apache-2.0

package message

var (
	CardNoHolder    = define("CardNoHolder", "the card does not tell its holder", "la tessera non dice il titolare")
	LabelCard       = define("LabelCard", "Card", "Tessera")
	LabelNumber     = define("LabelNumber", "Number", "Numero")
	LabelSurname    = define("LabelSurname", "Surname", "Cognome")
	LabelName       = define("LabelName", "Name", "Nome")
	LabelTaxCode    = define("LabelTaxCode", "Tax code", "Codice fiscale")
	LabelBorn       = define("LabelBorn", "Born", "Nascita")
	LabelBirthPlace = define("LabelBirthPlace", "Birth place", "Luogo di nascita")
	LabelSex        = define("LabelSex", "Sex", "Sesso")
	LabelResidence  = define("LabelResidence", "Residence", "Residenza")
	LabelAddress    = define("LabelAddress", "Address", "Indirizzo")
	LabelIssuedBy   = define("LabelIssuedBy", "Issued by", "Emessa da")
	LabelIssuedOn   = define("LabelIssuedOn", "Issued on", "Emessa il")
	LabelExpiresOn  = define("LabelExpiresOn", "Expires on", "Scade il")
)
