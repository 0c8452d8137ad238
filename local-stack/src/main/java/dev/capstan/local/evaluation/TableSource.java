package dev.capstan.local.evaluation;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Captions in the format of Conceptual Captions (CC3M): lines of a caption, a tab, and the address of the picture. The pictures
 * have been fetched into a directory, where a line's picture is looked for as its address's last part, or as the line's number
 * from 0, bare or with nine digits, alone or in img2dataset's directories of ten thousand. Lines whose picture is not there
 * (many addresses of such tables are dead) are counted, not told one by one.
 *
 * @param table the file
 * @param images directory of the pictures
 */
record TableSource(Path table, Path images) implements ExampleSource {
    private static final int SHARD = 10_000;
    private static final List<String> EXTENSIONS = List.of("jpg", "jpeg", "png", "webp", "gif");

    @Override
    public void read(Predicate<Example> taker, Consumer<String> passedOver) throws IOException {
        long absent = 0;
        boolean wanted = true;
        try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            for (long number = 0; wanted && line != null; number++) {
                String[] fields = line.split("\t", -1);
                if (fields.length < 2 || fields[0].isBlank()) {
                    passedOver.accept(table + ":" + (number + 1) + " is no caption, tab and address");
                } else {
                    Optional<Path> picture = picture(fields[1].strip(), number);
                    absent += picture.isPresent() ? 0 : 1;
                    Optional<byte[]> content = picture.flatMap(file -> Pictures.read(file, passedOver));
                    if (content.isPresent()) {
                        wanted = taker.test(new Example(
                                table.getFileName() + ":" + (number + 1),
                                content.get(),
                                List.of(fields[0].strip()),
                                Optional.empty()));
                    }
                }
                line = wanted ? lines.readLine() : null;
            }
        }
        if (absent > 0) {
            passedOver.accept(absent + " lines of " + table + " have no picture in " + images);
        }
    }

    private Optional<Path> picture(String address, long number) {
        List<String> names = new ArrayList<>();
        String path = address.replaceFirst("[?#].*$", "");
        String last = path.substring(path.lastIndexOf('/') + 1);
        // A plain name: nothing of the table leads out of the directory.
        if (!last.isEmpty() && !last.startsWith(".") && last.indexOf('\\') < 0) {
            names.add(last);
        }
        for (String stem : List.of(
                Long.toString(number),
                String.format("%09d", number),
                String.format("%05d/%09d", number / SHARD, number))) {
            EXTENSIONS.forEach(extension -> names.add(stem + "." + extension));
        }
        return names.stream()
                .flatMap(name -> resolved(name).stream())
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private Optional<Path> resolved(String name) {
        try {
            return Optional.of(images.resolve(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
