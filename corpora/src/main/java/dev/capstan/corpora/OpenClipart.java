package dev.capstan.corpora;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParser;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * The Open Clip Art Library as Debian ships it (packages openclipart-png and openclipart-svg), as a directory that {@code capstan
 * feed} takes: each PNG with a text beside it, made of the title and the key words that the drawing of the same name carries in its
 * RDF metadata. The texts are as people wrote them, in several languages, some empty and some mere file names: that is what
 * the corpus is good for.
 */
public final class OpenClipart {
    private static final String PICTURES = "png";
    private static final String DRAWINGS = "svg";
    private static final String PICTURE_SUFFIX = ".png";

    /**
     * What was found.
     *
     * @param pictures pictures that were written
     * @param withoutText of these, those with an empty text: their drawing has neither title nor key word
     * @param withoutDrawing of these, those whose drawing does not exist
     * @param unreadable of these, those whose drawing is no XML
     */
    public record Counts(int pictures, int withoutText, int withoutDrawing, int unreadable) {}

    private final SAXParser parser;

    public OpenClipart() {
        SAXParserFactory factory = SAXParserFactory.newInstance();
        factory.setNamespaceAware(true);
        try {
            // Drawings declare entities of their own, so a document type is allowed; nothing outside of the file is
            // read.
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            parser = factory.newSAXParser();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException("the JDK's XML parser has no such feature", e);
        }
    }

    /** Takes the directory with {@code png} and {@code svg} in it, and the directory to write, which must not exist. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException(
                    "give the directory openclipart of Debian's packages (with png and svg in it), and the one to write");
        }
        Counts counts = new OpenClipart().write(Path.of(arguments[0]), Path.of(arguments[1]));
        System.out.printf(
                Locale.ROOT,
                "%d pictures; %d with an empty text, of which %d have no drawing and %d one that is no XML%n",
                counts.pictures(),
                counts.withoutText(),
                counts.withoutDrawing(),
                counts.unreadable());
    }

    /**
     * Writes every picture with its text.
     *
     * @param source the directory with {@code png} and {@code svg} in it
     * @param target must not exist
     */
    public Counts write(Path source, Path target) throws IOException {
        Path root = source.resolve(PICTURES);
        if (!Files.isDirectory(root)) {
            throw new IllegalArgumentException(source + " has no directory " + PICTURES
                    + ": unpack openclipart-png and openclipart-svg and give their usr/share/openclipart");
        }
        if (Files.exists(target)) {
            throw new IllegalArgumentException(target + " exists: give a directory that does not");
        }
        List<Path> pictures;
        try (Stream<Path> found = Files.walk(root)) {
            pictures = found.filter(file -> file.toString().endsWith(PICTURE_SUFFIX) && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
        int withoutText = 0;
        int withoutDrawing = 0;
        int unreadable = 0;
        for (Path picture : pictures) {
            String name = root.relativize(picture).toString();
            String stem = name.substring(0, name.length() - PICTURE_SUFFIX.length());
            Path drawing = source.resolve(DRAWINGS).resolve(stem + ".svg");
            Optional<String> text = Files.exists(drawing) ? text(drawing) : Optional.of("");
            withoutDrawing += Files.exists(drawing) ? 0 : 1;
            unreadable += text.isEmpty() ? 1 : 0;
            withoutText += text.orElse("").isEmpty() ? 1 : 0;
            Path copy = target.resolve(name);
            Files.createDirectories(copy.resolveSibling("."));
            Files.copy(picture, copy);
            Files.writeString(target.resolve(stem + ".txt"), text.orElse(""));
        }
        return new Counts(pictures.size(), withoutText, withoutDrawing, unreadable);
    }

    /** Title and key words of a drawing, the empty text if it has none, or empty if it is no XML. */
    private Optional<String> text(Path drawing) {
        Metadata metadata = new Metadata();
        try (InputStream file = Files.newInputStream(drawing)) {
            parser.parse(file, metadata);
        } catch (SAXException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(drawing + " cannot be read", e);
        }
        return Optional.of(metadata.text());
    }

    /** Collects the title of the work, not those of its people, and the subjects. */
    private static final class Metadata extends DefaultHandler {
        private final Deque<String> open = new ArrayDeque<>();
        private final StringBuilder characters = new StringBuilder();
        private final List<String> subjects = new ArrayList<>();
        private String title = "";

        @Override
        public void startElement(String space, String name, String qualifiedName, Attributes attributes) {
            open.push(name);
            characters.setLength(0);
        }

        @Override
        public void characters(char[] text, int start, int length) {
            if (isTitle() || isSubject()) {
                characters.append(text, start, length);
            }
        }

        @Override
        public void endElement(String space, String name, String qualifiedName) {
            String text = characters.toString().replaceAll("\\s+", " ").strip();
            if (isTitle() && title.isEmpty()) {
                title = text;
            }
            if (isSubject()) {
                subjects.add(text);
            }
            open.pop();
            characters.setLength(0);
        }

        @Override
        public InputSource resolveEntity(String publicId, String systemId) {
            return new InputSource(new StringReader(""));
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }

        String text() {
            Set<String> parts = new LinkedHashSet<>();
            parts.add(title);
            parts.addAll(subjects);
            parts.remove("");
            return String.join(", ", parts);
        }

        private boolean isTitle() {
            return isPath("title", "Work");
        }

        private boolean isSubject() {
            return isPath("li", "Bag", "subject");
        }

        /** Whether these are the innermost open elements, from within. */
        private boolean isPath(String... names) {
            List<String> innermost = open.stream().limit(names.length).toList();
            return innermost.equals(List.of(names));
        }
    }
}
