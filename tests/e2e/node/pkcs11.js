// SPDX-License-Identifier: Apache-2.0
//
// Uses the library through the npm package pkcs11js: node pkcs11.js LIBRARY
// PIN WRONG-PIN. Prints a line for each thing that went as it should, and
// ends 1 at the first that did not.

const assert = require("assert");
const crypto = require("crypto");
const p11 = require("pkcs11js");

const [library, pin, wrong] = process.argv.slice(2);
const lib = new p11.PKCS11();
const code = (f) => {
  try {
    f();
    return 0;
  } catch (e) {
    return e.code;
  }
};
const message = Buffer.from("messaggio");

lib.load(library);
lib.C_Initialize();
assert.strictEqual(lib.C_GetInfo().cryptokiVersion.major, 2);
const slots = lib.C_GetSlotList(true);
assert.strictEqual(slots.length, 1);
console.log("token: " + lib.C_GetTokenInfo(slots[0]).label.trim());
console.log("mechanisms: " + lib.C_GetMechanismList(slots[0]).length);

const session = lib.C_OpenSession(slots[0], p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION);
const find = (cls) => {
  lib.C_FindObjectsInit(session, [{ type: p11.CKA_CLASS, value: cls }]);
  const found = lib.C_FindObjects(session, 10);
  lib.C_FindObjectsFinal(session);
  return found;
};
const certificate = find(p11.CKO_CERTIFICATE)[0];
const der = lib.C_GetAttributeValue(session, certificate, [{ type: p11.CKA_VALUE }])[0].value;
const key = new crypto.X509Certificate(der).publicKey;
assert.strictEqual(find(p11.CKO_PRIVATE_KEY).length, 0);
assert.strictEqual(code(() => lib.C_Logout(session)), p11.CKR_USER_NOT_LOGGED_IN);
assert.strictEqual(code(() => lib.C_Login(session, p11.CKU_USER, wrong)), p11.CKR_PIN_INCORRECT);
lib.C_Login(session, p11.CKU_USER, pin);
console.log("logged in");

const signer = find(p11.CKO_PRIVATE_KEY)[0];
const pss = {
  type: p11.CK_PARAMS_RSA_PSS,
  hashAlg: p11.CKM_SHA256,
  mgf: p11.CKG_MGF1_SHA256,
  saltLen: 32,
};
for (const [name, mechanism, options] of [
  ["SHA256-RSA-PKCS", { mechanism: p11.CKM_SHA256_RSA_PKCS }, key],
  ["SHA256-RSA-PKCS-PSS", { mechanism: p11.CKM_SHA256_RSA_PKCS_PSS, parameter: pss },
    { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
]) {
  lib.C_SignInit(session, mechanism, signer);
  const signature = lib.C_Sign(session, message, Buffer.alloc(512));
  assert(crypto.verify("sha256", message, options, signature), name);
  lib.C_SignInit(session, mechanism, signer);
  lib.C_SignUpdate(session, message);
  assert(crypto.verify("sha256", message, options, lib.C_SignFinal(session, Buffer.alloc(512))), name);
  console.log("signed: " + name);
}
assert.strictEqual(code(() => lib.C_Sign(session, message, Buffer.alloc(512))), p11.CKR_OPERATION_NOT_INITIALIZED);
lib.C_DigestInit(session, { mechanism: p11.CKM_SHA256 });
assert.deepStrictEqual(lib.C_Digest(session, message, Buffer.alloc(32)), crypto.createHash("sha256").update(message).digest());
lib.C_Logout(session);
lib.C_CloseSession(session);
assert.strictEqual(code(() => lib.C_CloseSession(session)), p11.CKR_SESSION_HANDLE_INVALID);
lib.C_Finalize();
lib.C_Initialize();
lib.C_Finalize();
lib.close();
console.log("done");
