// SPDX-License-Identifier: Apache-2.0

import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Usage: TLSLogin CONFIG PIN CA.pem (PORT PROTOCOL)... ; signs once and fetches a page from each server. */
public class TLSLogin {
    public static void main(String[] args) throws Exception {
        Provider provider = Security.getProvider("SunPKCS11").configure(args[0]);
        Security.addProvider(provider);
        KeyStore token = KeyStore.getInstance("PKCS11", provider);
        token.load(null, args[1].toCharArray());
        String alias = token.aliases().nextElement();
        System.out.println("alias: " + alias + ", key: " + token.isKeyEntry(alias));
        sign(provider, token, alias);

        KeyManagerFactory keys = KeyManagerFactory.getInstance("NewSunX509");
        keys.init(token, null);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust(args[2]).getTrustManagers(), null);
        for (int i = 3; i < args.length; i += 2) {
            fetch(context, Integer.parseInt(args[i]), args[i + 1]);
        }
    }

    static void sign(Provider provider, KeyStore token, String alias) throws Exception {
        byte[] message = "messaggio".getBytes(StandardCharsets.UTF_8);
        Signature signer = Signature.getInstance("SHA256withRSA", provider);
        signer.initSign((PrivateKey) token.getKey(alias, null));
        signer.update(message);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance("SHA256withRSA", "SunRsaSign");
        verifier.initVerify(((X509Certificate) token.getCertificate(alias)).getPublicKey());
        verifier.update(message);
        System.out.println("SHA256withRSA verified: " + verifier.verify(signature));
    }

    static TrustManagerFactory trust(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory;
    }

    static void fetch(SSLContext context, int port, String protocol) throws Exception {
        try (Socket plain = new Socket("127.0.0.1", port);
             SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true)) {
            socket.setEnabledProtocols(new String[] {protocol});
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String page = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            System.out.println(protocol + ": " + (page.contains("Logged in") ? "logged in" : page));
        }
    }
}
