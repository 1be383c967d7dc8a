// SPDX-License-Identifier: Apache-2.0

// store [FILE [PROVIDER CONTAINER]] empties the store MY of the person and puts the
// DER certificate of a file into it, with a private key by that name or without
// one: what the service Certificate Propagation does with that of a card.

#include <stdio.h>
#include <wchar.h>

#include <windows.h>

#include <wincrypt.h>

static int empty(HCERTSTORE store) {
  PCCERT_CONTEXT certificate;
  while ((certificate = CertEnumCertificatesInStore(store, NULL)) != NULL) {
    if (!CertDeleteCertificateFromStore(certificate)) {
      return 4;
    }
  }
  return 0;
}

static int add(HCERTSTORE store, const wchar_t *path, wchar_t *provider, wchar_t *container) {
  static BYTE der[65536];
  FILE *file = _wfopen(path, L"rb");
  if (file == NULL) {
    return 2;
  }
  DWORD size = (DWORD)fread(der, 1, sizeof der, file);
  fclose(file);
  PCCERT_CONTEXT certificate = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
  if (certificate == NULL) {
    return 3;
  }
  CRYPT_KEY_PROV_INFO key = {.pwszContainerName = container,
                             .pwszProvName = provider,
                             .dwProvType = PROV_RSA_FULL,
                             .dwKeySpec = AT_KEYEXCHANGE};
  BOOL ok = provider == NULL || CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &key);
  ok = ok && CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_ALWAYS, NULL);
  CertFreeCertificateContext(certificate);
  return ok ? 0 : 5;
}

int wmain(int argc, wchar_t **argv) {
  HCERTSTORE store = CertOpenSystemStoreW(0, L"MY");
  if (store == NULL) {
    return 1;
  }
  int code = empty(store);
  if (code == 0 && argc > 1) {
    code = add(store, argv[1], argc > 3 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
  }
  if (!CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL) && code == 0) {
    code = 6;
  }
  CertCloseStore(store, 0);
  return code;
}
