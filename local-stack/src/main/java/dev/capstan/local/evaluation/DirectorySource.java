package dev.capstan.local.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A directory of pictures, sub-directories included, in the order of names: a {@code .txt} file of the same name beside a
 * picture has a caption a line; the directory that a picture lies in, below the root, is its class.
 */
record DirectorySource(Path root) implements ExampleSource {
    private static final long MOST_TEXT_BYTES = 1 << 20;

    @Override
    public void read(Predicate<Example> taker, Consumer<String> passedOver) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            Iterator<Path> files = walk.filter(Files::isRegularFile)
                    .filter(file -> Pictures.isPicture(after(file, '.')))
                    .sorted()
                    .iterator();
            while (files.hasNext()) {
                Path file = files.next();
                Optional<byte[]> image = Pictures.read(file, passedOver);
                if (image.isPresent() && !taker.test(example(file, image.get(), passedOver))) {
                    return;
                }
            }
        }
    }

    private Example example(Path file, byte[] image, Consumer<String> passedOver) {
        Path parent = root.relativize(file).getParent();
        return new Example(
                file.toString(),
                image,
                texts(file, passedOver),
                Optional.ofNullable(parent).map(below -> below.getFileName().toString()));
    }

    private static List<String> texts(Path image, Consumer<String> passedOver) {
        String name = image.getFileName().toString();
        Path file = image.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            if (Files.size(file) > MOST_TEXT_BYTES) {
                passedOver.accept(file + " is too long for captions");
                return List.of();
            }
            return Files.readString(file)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            passedOver.accept(file + " cannot be read: " + e);
            return List.of();
        }
    }

    private static String after(Path file, char mark) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf(mark) + 1);
    }
}
