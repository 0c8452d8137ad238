package dev.capstan.corpora;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The emoji corpus: pictures by four vendors with names and key words, fetched once by npm and kept in a directory.
 * The first load takes a minute or so, later ones read one file. Animals are the new concepts.
 *
 * <p>Any thread may call, one at a time in a process; processes that share the directory wait for each other.
 */
public final class EmojiPackages {

    private static final String LAYOUT = "2";
    private static final String PACK_ENDING = ".pack";
    private static final int SIDE_PIXELS = 72;

    private final Path directory;
    private final CommandRunner commands;
    private final EmojiSource source;

    /**
     * The published packages, fetched by the npm of this machine.
     *
     * @param directory where to keep what was fetched; made if it is missing
     */
    public EmojiPackages(Path directory) {
        this(directory, new OperatingSystemCommands());
    }

    /** The same, with another way to run npm. */
    public EmojiPackages(Path directory, CommandRunner commands) {
        this(directory, commands, EmojiSource.published());
    }

    EmojiPackages(Path directory, CommandRunner commands, EmojiSource source) {
        this.directory = directory;
        this.commands = commands;
        this.source = source;
    }

    /** Where a project keeps the packages by default. */
    public static Path directoryIn(Path projectRoot) {
        return projectRoot.resolve(".capstan").resolve("cache").resolve("npm");
    }

    /** Whether {@link #load} will find everything here, so that it takes a second and no network. */
    public boolean isCached() {
        return Files.exists(pack());
    }

    /**
     * Loads the corpus, fetching what is missing.
     *
     * @param progress told in a sentence what is being done, when it takes long
     */
    public Loading load(Consumer<String> progress) {
        try {
            Files.createDirectories(directory);
            try (FileChannel channel = FileChannel.open(
                            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!lock.isValid()) {
                    throw new IllegalStateException("lost the lock of " + directory);
                }
                return new Loading.Loaded(openOrMake(progress));
            }
        } catch (PackageStore.FetchException e) {
            return new Loading.Unavailable(e.reason());
        } catch (IOException e) {
            return new Loading.Unavailable("the emoji packages cannot be kept in " + directory + " (" + e
                    + "): check its permissions and the space on its disk, or delete it, and run again");
        }
    }

    private Pictures openOrMake(Consumer<String> progress) throws IOException {
        Path pack = pack();
        if (Files.exists(pack)) {
            try {
                return PicturePack.open(pack);
            } catch (IOException e) {
                progress.accept(e.getMessage() + ": making it again");
            }
        }
        PackageStore store = new PackageStore(directory, commands, progress);
        store.removeLeftovers();
        Pictures pictures = new EmojiCorpus(source, store, SIDE_PIXELS).read();
        progress.accept("drawing " + pictures.concepts().size() + " emoji by "
                + pictures.vendors().size() + " vendors once");
        PicturePack.write(pack, pictures, progress);
        removeOtherPacks(pack, progress);
        return PicturePack.open(pack);
    }

    /** Packs of other versions only take space; one that another process still reads may stay. */
    private void removeOtherPacks(Path pack, Consumer<String> progress) throws IOException {
        List<Path> others;
        try (Stream<Path> entries = Files.list(directory)) {
            others = entries.filter(path -> path.toString().endsWith(PACK_ENDING) && !path.equals(pack))
                    .toList();
        }
        for (Path other : others) {
            try {
                Files.delete(other);
            } catch (IOException e) {
                progress.accept("could not delete " + other + ", which is of another version: " + e);
            }
        }
    }

    /** Another version of a package, or another layout, is another file. */
    private Path pack() {
        String key = LAYOUT + "/" + SIDE_PIXELS + "/" + source.fingerprint();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return directory.resolve("emoji-" + HexFormat.of().formatHex(digest, 0, 6) + PACK_ENDING);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** How a load ended. */
    public sealed interface Loading {

        /** The emoji, or the generated shapes in their place. */
        SampleCorpus orShapes();

        /** The corpus is here. */
        record Loaded(Pictures pictures) implements Loading {

            @Override
            public SampleCorpus orShapes() {
                return new SampleCorpus(pictures, SampleRecipe.emoji(), Optional.empty());
            }
        }

        /**
         * The corpus cannot be had.
         *
         * @param reason why, and what to do about it
         */
        record Unavailable(String reason) implements Loading {

            @Override
            public SampleCorpus orShapes() {
                return new SampleCorpus(CaptionedShapes.full(), SampleRecipe.shapes(), Optional.of(reason));
            }
        }
    }
}
