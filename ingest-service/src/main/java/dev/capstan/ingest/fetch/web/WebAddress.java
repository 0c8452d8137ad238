package dev.capstan.ingest.fetch.web;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address that may be asked for: http or https, without user information and fragment, and with everything that a
 * request line cannot carry percent-encoded.
 *
 * @param scheme "http" or "https"
 * @param host lower case, ASCII, IPv6 without brackets
 * @param port as given, or the scheme's own
 * @param target path and query, at least "/"
 */
public record WebAddress(String scheme, String host, int port, String target) {
    static final int MAX_CHARACTERS = 4096;

    private static final Pattern FORM = Pattern.compile(
            "(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?<authority>[^/?#\\\\]*)(?<target>[^#]*).*", Pattern.DOTALL);
    private static final Pattern AUTHORITY =
            Pattern.compile("(?:\\[(?<six>[0-9a-fA-F:.]+)]|(?<name>[^:\\[\\]]+))(?::(?<port>\\d{0,5}))?");
    private static final Pattern HOST = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");
    private static final String PLAIN =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=";

    /** What became of a text. */
    public sealed interface Reading {}

    /** It is an address. */
    public record Usable(WebAddress address) implements Reading {}

    /**
     * It is none.
     *
     * @param detail one sentence for a person
     */
    public record Unusable(String detail) implements Reading {}

    /** Reads an address as people and pages write it, with spaces and other scripts. Asks nobody. */
    public static Reading read(String text) {
        String stripped = text.strip();
        if (stripped.length() > MAX_CHARACTERS) {
            return new Unusable(
                    "The address has " + stripped.length() + " characters; " + MAX_CHARACTERS + " are taken.");
        }
        Matcher form = FORM.matcher(stripped);
        if (!form.matches()) {
            return new Unusable("\"" + shortened(stripped) + "\" is no absolute address.");
        }
        String scheme = form.group("scheme").toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            return new Unusable("The scheme " + shortened(scheme) + " is neither http nor https.");
        }
        String authority = form.group("authority");
        if (authority.contains("@")) {
            return new Unusable("The address carries user information.");
        }
        Matcher parts = AUTHORITY.matcher(authority);
        if (!parts.matches()) {
            return new Unusable("\"" + shortened(authority) + "\" is no host.");
        }
        String host =
                parts.group("six") != null ? parts.group("six").toLowerCase(Locale.ROOT) : ascii(parts.group("name"));
        if (host.isEmpty()) {
            return new Unusable("\"" + shortened(authority) + "\" is no host.");
        }
        String digits = parts.group("port");
        int port = digits == null || digits.isEmpty() ? standardPort(scheme) : Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            return new Unusable(port + " is no port.");
        }
        String target = encoded(form.group("target"));
        return new Usable(new WebAddress(scheme, host, port, target.startsWith("/") ? target : "/" + target));
    }

    /** Reads what a redirect from here names: an absolute address, or one that is relative to this. */
    public Reading follow(String location) {
        String stripped = location.strip();
        if (FORM.matcher(stripped).matches()) {
            return read(stripped);
        }
        if (stripped.startsWith("//")) {
            return read(scheme + ":" + stripped);
        }
        if (stripped.startsWith("?")) {
            int query = target.indexOf('?');
            return read(origin() + (query < 0 ? target : target.substring(0, query)) + stripped);
        }
        int fragment = stripped.indexOf('#');
        String relative = encoded(fragment < 0 ? stripped : stripped.substring(0, fragment));
        try {
            return read(new URI(toString()).resolve(relative).toString());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return new Unusable("The redirect to \"" + shortened(stripped) + "\" cannot be followed.");
        }
    }

    boolean hasStandardPort() {
        return port == standardPort(scheme);
    }

    @Override
    public String toString() {
        return origin() + target;
    }

    private String origin() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return scheme + "://" + name + (hasStandardPort() ? "" : ":" + port);
    }

    private static int standardPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    /** The name as name servers know it, or nothing if it is none. */
    private static String ascii(String name) {
        try {
            String ascii = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            String host = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
            return host.length() <= 253 && HOST.matcher(host).matches() ? host : "";
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** Percent-encodes what has no place in a path or query; what is encoded stays. */
    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (int index = 0; index < text.length(); ) {
            int point = text.codePointAt(index);
            if (PLAIN.indexOf(point) >= 0 || (point == '%' && isEscape(text, index))) {
                encoded.append((char) point);
            } else {
                for (byte value : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                    encoded.append('%').append("%02X".formatted(value & 0xFF));
                }
            }
            index += Character.charCount(point);
        }
        return encoded.toString();
    }

    private static boolean isEscape(String text, int index) {
        return index + 2 < text.length()
                && Character.digit(text.charAt(index + 1), 16) >= 0
                && Character.digit(text.charAt(index + 2), 16) >= 0;
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "\u2026";
    }
}
