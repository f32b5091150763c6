// Verifies a Standard Webhooks signature, with the JDK only (17 or later).
//
//     java Verify.java SECRET ID TIMESTAMP SIGNATURE [NOW] < body

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    private static final long TOLERANCE = 300; // seconds, both ways

    private Verify() {}

    /**
     * Throws a SignatureException (do not trust this request; answer 401) unless {@code body}, the raw
     * bytes as received, carries a signature made with {@code secret}. The three strings are the headers
     * webhook-id, webhook-timestamp and webhook-signature; {@code now} is in unix seconds.
     */
    public static void verify(
            String secret, String id, String timestamp, String signatures, byte[] body, long now)
            throws GeneralSecurityException {
        byte[] key = decodeSecret(secret);
        if (isEmpty(id) || isEmpty(timestamp) || isEmpty(signatures)) throw new SignatureException("header missing");
        if (!timestamp.matches("[0-9]{1,12}")) throw new SignatureException("timestamp is not a number");
        long age = now - Long.parseLong(timestamp);
        if (age > TOLERANCE) throw new SignatureException("timestamp is too old");
        if (age < -TOLERANCE) throw new SignatureException("timestamp is in the future");

        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        // While a secret is rotated there are several signatures; one that matches is enough.
        for (String one : signatures.split(" ")) {
            if (MessageDigest.isEqual(one.getBytes(UTF_8), expected.getBytes(UTF_8))) return;
        }
        throw new SignatureException("no signature matches");
    }

    /** The key is the secret, with or without {@code whsec_}, decoded. An exception here is a mistake in your settings. */
    private static byte[] decodeSecret(String secret) {
        String encoded = secret.startsWith("whsec_") ? secret.substring("whsec_".length()) : secret;
        try {
            byte[] key = Base64.getDecoder().decode(encoded);
            if (key.length > 0) return key;
        } catch (IllegalArgumentException notBase64) {
            // told below
        }
        throw new IllegalArgumentException("secret is not whsec_ and base64");
    }

    private static boolean isEmpty(String header) {
        return header == null || header.isEmpty();
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 4 && args.length != 5) {
            System.err.println("usage: Verify.java SECRET ID TIMESTAMP SIGNATURE [NOW] < body");
            System.exit(2);
        }
        long now = args.length == 5 ? Long.parseLong(args[4]) : Instant.now().getEpochSecond();
        try {
            verify(args[0], args[1], args[2], args[3], System.in.readAllBytes(), now);
        } catch (GeneralSecurityException | IllegalArgumentException reason) {
            System.out.println("invalid: " + reason.getMessage());
            System.exit(1);
        }
        System.out.println("valid");
    }
}
