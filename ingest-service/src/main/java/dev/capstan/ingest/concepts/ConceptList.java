package dev.capstan.ingest.concepts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The list of concepts that texts are searched for, in MetaCLIP's form: a file that holds one JSON array of strings. Two
 * lists of the same entries in the same order are equal. Immutable.
 */
public final class ConceptList {

    /** MetaCLIP's list has 500,000. */
    public static final int MAX_ENTRIES = 1_000_000;

    static final int MAX_ENTRY_CHARACTERS = 1000;
    private static final long MAX_FILE_BYTES = 64L << 20;

    private final ConceptMatcher matcher;
    private final String digest;

    private ConceptList(ConceptMatcher matcher, String digest) {
        this.matcher = matcher;
        this.digest = digest;
    }

    /** A list of these entries. */
    public static ConceptList of(Collection<String> entries) {
        Set<String> distinct = new LinkedHashSet<>(entries);
        return new ConceptList(ConceptMatcher.of(distinct), digest(distinct));
    }

    /**
     * Reads a file.
     *
     * @throws IOException naming the place, if it cannot be read or is no JSON array of 1 to {@value #MAX_ENTRIES} strings
     */
    public static ConceptList read(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException(
                    file + " has " + Files.size(file) + " bytes; at most " + MAX_FILE_BYTES + " are read");
        }
        Set<String> entries = new LinkedHashSet<>();
        try (InputStream input = Files.newInputStream(file);
                JsonParser parser = new JsonFactory().createParser(input)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException(file + " holds no JSON array of strings");
            }
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                entries.add(entry(file, parser, token));
                if (entries.size() > MAX_ENTRIES) {
                    throw new IOException(file + " has more than " + MAX_ENTRIES + " entries");
                }
            }
            if (parser.nextToken() != null) {
                throw new IOException(file + " goes on after its array, in line "
                        + parser.currentTokenLocation().getLineNr());
            }
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is no valid JSON: " + e.getMessage(), e);
        }
        if (entries.isEmpty()) {
            throw new IOException(file + " has no entries");
        }
        return of(entries);
    }

    private static String entry(Path file, JsonParser parser, JsonToken token) throws IOException {
        int line = parser.currentTokenLocation().getLineNr();
        if (token != JsonToken.VALUE_STRING) {
            throw new IOException(file + " has " + token + " in line " + line + " where a string is wanted");
        }
        String entry = parser.getText();
        if (entry.isBlank() || entry.length() > MAX_ENTRY_CHARACTERS) {
            throw new IOException(file + " has an entry of " + entry.length() + " characters in line " + line
                    + "; give 1 to " + MAX_ENTRY_CHARACTERS + ", not only white space");
        }
        return entry;
    }

    public ConceptMatcher matcher() {
        return matcher;
    }

    /** Hex digest of the entries in their order. */
    public String digest() {
        return digest;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConceptList list && list.digest.equals(digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return matcher.size() + " concepts " + digest;
    }

    private static String digest(Collection<String> entries) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String entry : entries) {
                byte[] bytes = entry.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
