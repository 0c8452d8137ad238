package dev.capstan.corpora;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A registry of six tiny packages, an npm that fetches from it, and whatever can go wrong on the way. */
final class NpmFixture implements CommandRunner {

    private static final String VERSION = "1.2.3";

    private final Map<String, byte[]> archives = new LinkedHashMap<>();
    private final List<String> fetched = new ArrayList<>();
    private final EmojiSource source;
    private Fault fault = (specifier, archive) -> new Delivery(0, "", archive);

    NpmFixture() {
        Map<String, byte[]> google = new LinkedHashMap<>();
        google.put("emoji.json", utf8(EMOJI_LIST));
        Map<String, byte[]> twitter = new LinkedHashMap<>();
        Map<String, byte[]> openmoji = new LinkedHashMap<>();
        Map<String, byte[]> fluent = new LinkedHashMap<>();
        List.of("1F435", "1F34E", "2764-FE0F", "1F44B", "1F98A").forEach(points -> {
            int colour = 0xff000000 | points.hashCode();
            google.put("img/google/64/" + lower(points) + ".png", TestPictures.png(TestPictures.blot(64, colour)));
            twitter.put("img/twitter/64/" + lower(points) + ".png", TestPictures.png(TestPictures.blot(72, colour)));
            openmoji.put("color/svg/" + points.replace("-FE0F", "") + ".svg", utf8(svg(colour)));
            // ImageIO looks at the content, so a PNG does for the WebP of the real package.
            fluent.put("assets/" + lower(points) + ".webp", TestPictures.png(TestPictures.blot(256, colour)));
        });
        google.put("img/google/64/1f44b-1f3fd.png", TestPictures.png(TestPictures.blot(64, -1)));
        google.put("img/google/sheets/64.png", new byte[100_000]);
        twitter.remove("img/twitter/64/1f98a.png");
        fluent.remove("assets/1f98a.webp");
        Map<String, byte[]> names = Map.of("annotations/en/annotations.json", utf8(NAMES));
        Map<String, byte[]> derived = Map.of("annotationsDerived/en/annotations.json", utf8(DERIVED_NAMES));

        source = new EmojiSource(
                List.of(
                        vendor("google", google, "img/google/64/", NpmFixture::lowerPng),
                        vendor("twitter", twitter, "img/twitter/64/", NpmFixture::lowerPng),
                        vendor("openmoji", openmoji, "color/svg/", points -> points + ".svg"),
                        vendor("fluent", fluent, "assets/", points -> lower(points) + ".webp")),
                names("names", names),
                names("derived-names", derived));
    }

    private static final String EMOJI_LIST = """
            [
              {"unified": "1F435", "category": "Animals & Nature", "subcategory": "animal-mammal"},
              {"unified": "1F34E", "category": "Food & Drink", "subcategory": "food-fruit"},
              {"unified": "2764-FE0F", "category": "Symbols", "subcategory": "heart"},
              {"unified": "1F44B", "category": "People & Body", "subcategory": "hand"},
              {"unified": "1F98A", "category": "Animals & Nature", "subcategory": "animal-mammal"},
              {"unified": "1F3FD", "category": "Component", "subcategory": "skin-tone"}
            ]
            """;

    private static final String NAMES = """
            {"annotations": {"annotations": {
              "\uD83D\uDC35": {"default": ["animal", "banana", "monkey face", "4–5"], "tts": ["Monkey face"]},
              "\uD83C\uDF4E": {"default": ["fruit", "red"], "tts": ["red apple"]},
              "\u2764": {"default": ["love"], "tts": ["red heart"]},
              "\uD83E\uDD8A": {"default": ["face"], "tts": ["fox"]}
            }}}
            """;

    private static final String DERIVED_NAMES = """
            {"annotationsDerived": {"annotations": {
              "\uD83D\uDC4B": {"default": ["hello"], "tts": ["waving hand"]}
            }}}
            """;

    EmojiPackages packages(Path directory) {
        return new EmojiPackages(directory, this, source);
    }

    EmojiSource source() {
        return source;
    }

    /** What npm was asked for, in order. */
    List<String> fetched() {
        return List.copyOf(fetched);
    }

    void failBy(Fault newFault) {
        fault = newFault;
    }

    void recover() {
        fault = (specifier, archive) -> new Delivery(0, "", archive);
    }

    @Override
    public Finished run(List<String> command, Path directory, Duration limit) throws IOException {
        String specifier = command.get(command.indexOf("pack") + 1);
        fetched.add(specifier);
        byte[] archive = archives.get(specifier);
        if (archive == null) {
            return new Finished(1, "npm error 404 " + specifier);
        }
        Delivery delivery = fault.on(specifier, archive);
        Path destination = Path.of(command.get(command.indexOf("--pack-destination") + 1));
        Files.write(destination.resolve("package.tgz"), delivery.archive);
        return new Finished(delivery.exitCode, delivery.output);
    }

    private EmojiSource.Vendor vendor(
            String name, Map<String, byte[]> files, String folder, java.util.function.UnaryOperator<String> fileName) {
        return EmojiSource.vendor(
                name, "pictures-" + name, VERSION, publish("pictures-" + name, files), 1, folder, fileName);
    }

    private NpmPackage names(String name, Map<String, byte[]> files) {
        return new NpmPackage(name, VERSION, publish(name, files), 1, files::containsKey);
    }

    /** Makes the files fetchable and gives their integrity. */
    private String publish(String name, Map<String, byte[]> files) {
        byte[] archive = archive(files);
        archives.put(name + "@" + VERSION, archive);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-512").digest(archive);
            return "sha512-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] archive(Map<String, byte[]> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream zipped = new GZIPOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                writeEntry(zipped, "package/" + file.getKey(), '0', file.getValue());
            }
            zipped.write(new byte[1024]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** One entry of a tar archive, with a name of at most 100 bytes. */
    static void writeEntry(OutputStream output, String name, char type, byte[] content) throws IOException {
        byte[] header = new byte[512];
        byte[] nameBytes = utf8(name);
        System.arraycopy(nameBytes, 0, header, 0, nameBytes.length);
        System.arraycopy(utf8("%011o".formatted(content.length)), 0, header, 124, 11);
        header[156] = (byte) type;
        System.arraycopy(utf8("ustar"), 0, header, 257, 5);
        output.write(header);
        output.write(content);
        output.write(new byte[(512 - content.length % 512) % 512]);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String svg(int colour) {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 72 72\"><circle cx=\"36\" cy=\"36\" r=\"30\" fill=\"#%06x\"/></svg>"
                .formatted(colour & 0xffffff);
    }

    private static String lower(String points) {
        return points.toLowerCase(java.util.Locale.ROOT);
    }

    private static String lowerPng(String points) {
        return lower(points) + ".png";
    }

    /** Decides how a fetch ends. */
    interface Fault {
        Delivery on(String specifier, byte[] archive) throws IOException;
    }

    /** What npm leaves behind. */
    static final class Delivery {

        private final int exitCode;
        private final String output;
        private final byte[] archive;

        Delivery(int exitCode, String output, byte[] archive) {
            this.exitCode = exitCode;
            this.output = output;
            this.archive = Arrays.copyOf(archive, archive.length);
        }
    }
}
