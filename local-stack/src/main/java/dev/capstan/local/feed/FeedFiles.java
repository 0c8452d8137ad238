package dev.capstan.local.feed;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The files below a directory that can be fed, in the order of their names, directory by directory; or the one file that was named.
 * Holds the names of the directories that lead to the current file, each at most {@link FeedLimits#DIRECTORY_ENTRIES}.
 * Directories that are links are not entered, names that begin with a dot are left alone. One thread.
 */
final class FeedFiles {
    private final Path root;
    private final Consumer<Found.PassedOver> problems;
    private final Deque<Iterator<Path>> open = new ArrayDeque<>();

    private FeedFiles(Path root, Consumer<Found.PassedOver> problems) {
        this.root = root;
        this.problems = problems;
    }

    /**
     * @param source a directory or a file
     * @param from where an earlier reading came to: the relative name of a file, or empty for the beginning
     */
    static FeedFiles of(Path source, String from, Consumer<Found.PassedOver> problems) {
        if (!Files.isDirectory(source)) {
            Path parent = source.toAbsolutePath().getParent();
            FeedFiles one = new FeedFiles(parent == null ? source : parent, problems);
            one.open.push(List.of(one.root.resolve(source.getFileName())).iterator());
            return one;
        }
        FeedFiles files = new FeedFiles(source, problems);
        files.enter(source, from.isEmpty() ? List.of() : List.of(from.split("/")));
        return files;
    }

    /**
     * What lies in a watched directory and is whole: files that were moved in, pictures once their text is there too.
     *
     * @param begun name of the file that was being read when the feed ended, which comes first; or empty
     * @param most no more than so many; the others come next time
     */
    static List<Path> arrived(Path directory, String begun, int most, Consumer<Found.PassedOver> problems) {
        List<Path> arrived = new ArrayList<>();
        if (!begun.isEmpty() && isWhole(directory.resolve(begun))) {
            return List.of(directory.resolve(begun));
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, FeedFiles::isWhole)) {
            for (Path entry : stream) {
                arrived.add(entry);
                if (arrived.size() == most) {
                    break;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            problems.accept(new Found.PassedOver("directory-unreadable", directory + " cannot be read: " + e));
        }
        Collections.sort(arrived);
        return arrived;
    }

    private static boolean isWhole(Path path) {
        if (!isFed(path) || !Files.isRegularFile(path)) {
            return false;
        }
        if (FeedFormat.of(path.getFileName().toString())
                .filter(FeedFormat.PICTURE::equals)
                .isEmpty()) {
            return true;
        }
        return Arrival.beside(path).stream().anyMatch(Files::exists);
    }

    /** The directory beyond which nothing is read. */
    Path root() {
        return root;
    }

    /** The next file, or empty at the end. */
    Optional<Path> next() {
        while (!open.isEmpty()) {
            if (!open.peek().hasNext()) {
                open.pop();
                continue;
            }
            Path path = open.peek().next();
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                enter(path, List.of());
            } else if (Files.isRegularFile(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }

    /** A file's name below the root, with slashes. */
    String name(Path file) {
        List<String> names = new ArrayList<>();
        root.relativize(file).forEach(name -> names.add(name.toString()));
        return String.join("/", names);
    }

    /** Whether a file in a directory may be fed. */
    static boolean isFed(Path path) {
        String name = String.valueOf(path.getFileName());
        return !name.startsWith(".") && FeedFormat.of(name).isPresent();
    }

    private void enter(Path directory, List<String> from) {
        List<Path> entries = entries(directory);
        if (from.isEmpty()) {
            open.push(entries.iterator());
            return;
        }
        String first = from.get(0);
        List<Path> rest = entries.stream()
                .filter(entry -> entry.getFileName().toString().compareTo(first) >= 0)
                .toList();
        if (from.size() == 1
                || rest.isEmpty()
                || !rest.get(0).getFileName().toString().equals(first)) {
            open.push(rest.iterator());
            return;
        }
        open.push(rest.subList(1, rest.size()).iterator());
        enter(rest.get(0), from.subList(1, from.size()));
    }

    private List<Path> entries(Path directory) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(
                directory,
                path -> isFed(path) || (isOpen(path) && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)))) {
            for (Path entry : stream) {
                entries.add(entry);
                if (entries.size() > FeedLimits.DIRECTORY_ENTRIES) {
                    problems.accept(new Found.PassedOver(
                            "directory-too-large",
                            directory + " has more than " + FeedLimits.DIRECTORY_ENTRIES + " entries: split it"));
                    return List.of();
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            problems.accept(new Found.PassedOver("directory-unreadable", directory + " cannot be read: " + e));
            return List.of();
        }
        // By name, as positions compare them; not by path, whose separator differs between systems.
        Collections.sort(
                entries,
                (one, other) -> one.getFileName()
                        .toString()
                        .compareTo(other.getFileName().toString()));
        return entries;
    }

    private static boolean isOpen(Path path) {
        return !String.valueOf(path.getFileName()).startsWith(".");
    }
}
