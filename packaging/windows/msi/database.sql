UPDATE `Component` SET `Condition` = 'CERTPROPSVC AND CERTPROPSVC <> "#4"' WHERE `Component` = 'CertificatePropagation'
UPDATE `RegLocator` SET `Type` = 18 WHERE `Signature_` = 'CertPropSvcStart'
DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED'
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{{"{"}}{{.UpgradeCode}}}', '{{.Version}}', 513, 'WIX_UPGRADE_DETECTED')
{{- range .Versioned}}
UPDATE `File` SET `Version` = '{{$.Version}}.0', `Language` = '1033', `FileName` = '{{.Short}}{{.Name}}' WHERE `File` = '{{.ID}}'
DELETE FROM `MsiFileHash` WHERE `File_` = '{{.ID}}'
{{- end}}
UPDATE `Shortcut` SET `Name` = 'TSCNS|{{.Text.Shortcut}}' WHERE `Shortcut` = 'Status'
