package dev.capstan.endtoend.reference;

import com.github.javaparser.JavaParser;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.ParserConfiguration.LanguageLevel;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.body.RecordDeclaration;
import com.github.javaparser.javadoc.Javadoc;
import com.github.javaparser.javadoc.JavadocBlockTag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the Javadoc of a module's records says of their components. */
final class ComponentDocs {
    private static final Pattern INLINE_TAG = Pattern.compile("\\{@(?:code|link)\\s+#?([^}]*)}");
    /** Names the key in the Javadoc of a component whose name does not. */
    private static final Pattern KEY = Pattern.compile("\\s*\\(\\{@code ([a-z.-]+)}\\)");

    /**
     * @param record simple name of the record
     * @param component name of the component
     * @param key the key that the Javadoc names, if its name alone does not say it
     * @param text what the Javadoc says, on one line
     */
    private record Component(String record, String component, Optional<String> key, String text) {}

    private final List<Component> components = new ArrayList<>();

    private ComponentDocs() {}

    /**
     * Reads all sources below a directory.
     *
     * @param except a directory below it that is another's
     */
    static ComponentDocs of(Path directory, Optional<Path> except) throws IOException {
        ComponentDocs docs = new ComponentDocs();
        JavaParser parser = new JavaParser(new ParserConfiguration().setLanguageLevel(LanguageLevel.JAVA_17));
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> except.stream().noneMatch(file::startsWith))
                    .forEach(file -> docs.read(parser, file));
        }
        return docs;
    }

    /**
     * What the component of a key is for. The component is the one whose Javadoc names the key, else the one of the key's name
     * in the configuration's own record, else of its name with or without the record's.
     *
     * @param configuration simple name of the record that holds the others
     * @param key for example {@code trainer.replay-fraction}
     */
    Optional<String> meaning(String configuration, String key) {
        String tail = key.substring(key.indexOf('.') + 1);
        String name = camelCase(tail);
        return first(component -> component
                        .key()
                        .filter(named -> named.equals(tail) || named.equals(key))
                        .isPresent())
                .or(() -> first(component -> component.record().equals(configuration)
                        && component.component().equals(name)))
                .or(() -> first(component -> (component.record() + "-" + component.component())
                        .replace("-", "")
                        .equalsIgnoreCase(name)))
                .or(() -> only(name));
    }

    private Optional<String> first(java.util.function.Predicate<Component> wanted) {
        return components.stream().filter(wanted).map(Component::text).findFirst();
    }

    /** Of a name that stands in several records nobody knows which is meant. */
    private Optional<String> only(String name) {
        List<String> texts = components.stream()
                .filter(component -> component.component().equals(name))
                .map(Component::text)
                .distinct()
                .toList();
        return texts.size() == 1 ? Optional.of(texts.get(0)) : Optional.empty();
    }

    private void read(JavaParser parser, Path file) {
        CompilationUnit unit;
        try {
            unit = parser.parse(file)
                    .getResult()
                    .orElseThrow(() -> new IllegalStateException("no Java that the parser knows: " + file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (RecordDeclaration declaration : unit.findAll(RecordDeclaration.class)) {
            declaration.getJavadoc().map(Javadoc::getBlockTags).stream()
                    .flatMap(List::stream)
                    .filter(tag -> tag.getType() == JavadocBlockTag.Type.PARAM)
                    .forEach(tag -> add(declaration.getNameAsString(), tag));
        }
    }

    private void add(String record, JavadocBlockTag tag) {
        String raw = tag.getContent().toText().replaceAll("\\s+", " ").strip();
        Matcher named = KEY.matcher(raw);
        Optional<String> key = named.find() ? Optional.of(named.group(1)) : Optional.empty();
        String text = INLINE_TAG.matcher(KEY.matcher(raw).replaceFirst("")).replaceAll("`$1`");
        components.add(new Component(record, tag.getName().orElse(""), key, text));
    }

    private static String camelCase(String words) {
        StringBuilder name = new StringBuilder();
        for (String word : words.split("-", -1)) {
            name.append(name.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return name.toString();
    }
}
