package dev.capstan.console.web;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Who may see the page and change something. Immutable, any thread.
 *
 * <p>With a token, a visitor shows it as a bearer token, or a cookie that was made from it at the login. Without one the
 * page is on a loopback address, and asks for it under a loopback name: else a page of somebody else could have its own
 * name point here. Whatever changes something must carry the Origin of this very page.
 */
final class AccessPolicy {
    static final String COOKIE = "capstan-console";

    private static final Set<String> LOOPBACK_NAMES = Set.of("127.0.0.1", "localhost", "[::1]");
    private static final String PURPOSE = "capstan console session";
    private static final String BEARER = "Bearer ";

    private final Optional<String> token;

    AccessPolicy(Optional<String> token) {
        this.token = token;
    }

    boolean needsToken() {
        return token.isPresent();
    }

    /** Whether the page may be asked for under this Host header. */
    boolean allowsHost(@Nullable String host) {
        return token.isPresent() || (host != null && LOOPBACK_NAMES.contains(withoutPort(host)));
    }

    /** Whether a visitor has shown the token. */
    boolean isKnown(@Nullable String authorization, @Nullable String cookie) {
        if (token.isEmpty()) {
            return true;
        }
        if (authorization != null && authorization.startsWith(BEARER)) {
            return equal(authorization.substring(BEARER.length()), token.get());
        }
        return cookie != null && equal(cookie, session(token.get()));
    }

    /** The cookie's value for a visitor who gave this token, empty if it is the wrong one. */
    Optional<String> login(@Nullable String given) {
        return token.filter(right -> given != null && equal(given.strip(), right))
                .map(AccessPolicy::session);
    }

    /** Whether a request that changes something comes from the page itself. */
    boolean isOwnOrigin(@Nullable String origin, @Nullable String host) {
        return origin != null && host != null && (origin.equals("http://" + host) || origin.equals("https://" + host));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private static boolean equal(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static String session(String token) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(token.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(PURPOSE.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }
}
