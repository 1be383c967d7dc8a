// SPDX-License-Identifier: Apache-2.0

import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads sign with the card while others do what the virtual machine answers
 * by signals: null dereferences, stack overflows, garbage collection, child
 * processes. Arguments: provider configuration, PIN, threads, signatures each.
 */
public final class Guest {
  static final AtomicInteger good = new AtomicInteger();
  static final AtomicInteger nulls = new AtomicInteger();
  static final AtomicInteger overflows = new AtomicInteger();
  static final AtomicInteger children = new AtomicInteger();
  static volatile boolean over;

  int field;

  static int dereference(Guest g) {
    return g.field;
  }

  static int deep(int n) {
    return deep(n + 1) + 1;
  }

  static void sign(PrivateKey key, Certificate certificate, Provider provider, int times) {
    try {
      byte[] data = "dati".getBytes();
      for (int i = 0; i < times; i++) {
        Signature s = Signature.getInstance("SHA256withRSA", provider);
        s.initSign(key);
        s.update(data);
        byte[] signature = s.sign();
        Signature v = Signature.getInstance("SHA256withRSA", "SunRsaSign");
        v.initVerify(certificate);
        v.update(data);
        if (v.verify(signature)) good.incrementAndGet();
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  static void nullChecks() {
    while (!over) {
      try {
        dereference(null);
      } catch (NullPointerException e) {
        nulls.incrementAndGet();
      }
    }
  }

  static void stackOverflows() {
    while (!over) {
      try {
        deep(0);
      } catch (StackOverflowError e) {
        overflows.incrementAndGet();
      }
    }
  }

  static void processes() {
    try {
      while (!over) {
        System.gc();
        if (new ProcessBuilder("true").start().waitFor() == 0) children.incrementAndGet();
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  public static void main(String[] args) throws Exception {
    Provider provider = Security.getProvider("SunPKCS11").configure(args[0]);
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    store.load(null, args[1].toCharArray());
    String alias = store.aliases().nextElement();
    PrivateKey key = (PrivateKey) store.getKey(alias, null);
    Certificate certificate = store.getCertificate(alias);
    int threads = Integer.parseInt(args[2]), times = Integer.parseInt(args[3]);

    Thread[] others = {new Thread(Guest::nullChecks), new Thread(Guest::stackOverflows), new Thread(Guest::processes)};
    Thread[] signers = new Thread[threads];
    for (Thread t : others) t.start();
    for (int i = 0; i < threads; i++) {
      signers[i] = new Thread(() -> sign(key, certificate, provider, times));
      signers[i].start();
    }
    for (Thread t : signers) t.join();
    over = true;
    for (Thread t : others) t.join();
    System.out.printf("%d of %d signatures%n", good.get(), threads * times);
    System.out.printf("%d null dereferences, %d stack overflows, %d child processes%n", nulls.get(), overflows.get(),
        children.get());
    if (nulls.get() == 0 || overflows.get() == 0 || children.get() == 0) System.exit(3);
  }
}
