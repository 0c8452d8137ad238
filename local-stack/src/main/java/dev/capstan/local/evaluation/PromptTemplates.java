package dev.capstan.local.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts in which {} stands for a class, one a line; empty lines and lines that begin with # are left out. An ensemble of them
 * makes a class's vector the mean of many (arXiv 2103.00020, section 3.1.4).
 */
public final class PromptTemplates {
    private static final String PLACE = "{}";
    private static final String ENSEMBLE = "photo-templates.txt";
    private static final long MOST_BYTES = 1 << 20;

    private PromptTemplates() {}

    /** The ensemble that comes with Capstan, for pictures of things. */
    public static List<String> ensemble() {
        try (InputStream stream = PromptTemplates.class.getResourceAsStream(ENSEMBLE)) {
            if (stream == null) {
                throw new IllegalStateException("no " + ENSEMBLE + " on the class path");
            }
            return parse(ENSEMBLE, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(ENSEMBLE + " on the class path cannot be read", e);
        }
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read, or a line has no {}, naming the line
     */
    public static List<String> read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " has " + Files.size(file) + " bytes, more than " + MOST_BYTES);
        }
        return parse(file.toString(), Files.readString(file));
    }

    /**
     * Templates that were given one by one.
     *
     * @throws IllegalArgumentException if one has no {}
     */
    public static List<String> of(List<String> templates) {
        for (String template : templates) {
            if (!template.contains(PLACE)) {
                throw new IllegalArgumentException("\"" + template + "\" has no {} for the label");
            }
        }
        return List.copyOf(templates);
    }

    private static List<String> parse(String where, String content) throws IOException {
        List<String> templates = new ArrayList<>();
        int number = 0;
        for (String line : content.lines().toList()) {
            number++;
            String template = line.strip();
            if (template.isEmpty() || template.startsWith("#")) {
                continue;
            }
            if (!template.contains(PLACE)) {
                throw new IOException(where + ":" + number + " has no {} for the class: " + template);
            }
            templates.add(template);
        }
        if (templates.isEmpty()) {
            throw new IOException(where + " has no template");
        }
        return List.copyOf(templates);
    }
}
