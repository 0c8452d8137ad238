package dev.capstan.corpora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A corpus in one file: drawn pictures, each compressed on its own, and an index of concepts. The file is mapped, so
 * that opening it reads the index alone and pictures cost no heap until they are drawn.
 *
 * <p>Layout: magic, length of the index, CRC-32 of the index, index (JSON), pictures. A picture is four planes (alpha,
 * red, green, blue; premultiplied), each value the difference from its left neighbour, deflated.
 *
 * <p>The pictures of an open pack are safe for use by several threads.
 */
final class PicturePack {

    private static final long MAGIC = 0x4341505354503031L; // "CAPSTP01"
    private static final int HEADER_BYTES = 16;
    private static final int PLANES = 4;

    /** How many concepts are drawn, by all processors, before they are written. */
    private static final int PORTION = 256;

    private static final ObjectMapper JSON = new ObjectMapper();

    private PicturePack() {}

    /** Writes a corpus. The file appears when it is complete. */
    static void write(Path file, Pictures pictures, Consumer<String> progress) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".part");
        Path data = file.resolveSibling(file.getFileName() + ".data.part");
        Index index = writePictures(data, pictures, progress);
        byte[] json = JSON.writeValueAsBytes(index);
        try (DataOutputStream output = new DataOutputStream(Files.newOutputStream(partial))) {
            output.writeLong(MAGIC);
            output.writeInt(json.length);
            output.writeInt(crc(json));
            output.write(json);
            Files.copy(data, output);
        }
        Files.delete(data);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Index writePictures(Path data, Pictures pictures, Consumer<String> progress) throws IOException {
        List<Concept> concepts = pictures.concepts();
        List<ConceptEntry> entries = new ArrayList<>();
        long at = 0;
        try (OutputStream output = Files.newOutputStream(data)) {
            for (int first = 0; first < concepts.size(); first += PORTION) {
                List<Concept> portion = concepts.subList(first, Math.min(first + PORTION, concepts.size()));
                for (PackedConcept packed :
                        portion.parallelStream().map(PicturePack::pack).toList()) {
                    Map<String, PictureEntry> places = new LinkedHashMap<>();
                    for (PackedImage image : packed.images()) {
                        output.write(image.bytes());
                        places.put(image.vendor(), image.entryAt(at));
                        at += image.bytes().length;
                    }
                    entries.add(ConceptEntry.of(packed.concept(), places));
                }
                progress.accept("drew " + entries.size() + " of " + concepts.size());
            }
        }
        return new Index(pictures.corpus(), pictures.vendors(), at, entries);
    }

    private static PackedConcept pack(Concept concept) {
        List<PackedImage> images = new ArrayList<>();
        concept.pictures().forEach((vendor, picture) -> {
            BufferedImage image = picture.draw(Seeds.random(0));
            images.add(new PackedImage(vendor, pack(image), image.getWidth(), image.getHeight()));
        });
        return new PackedConcept(concept, images);
    }

    /**
     * Opens a file that {@link #write} made.
     *
     * @throws IOException if it is damaged or of another layout
     */
    static Pictures open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer whole = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            if (whole.remaining() < HEADER_BYTES || whole.getLong() != MAGIC) {
                throw new IOException(file + " is no picture pack of this version");
            }
            int indexLength = whole.getInt();
            int indexCrc = whole.getInt();
            if (indexLength < 0 || indexLength > whole.remaining()) {
                throw new IOException(file + " ends within its index");
            }
            byte[] json = new byte[indexLength];
            whole.get(json);
            if (crc(json) != indexCrc) {
                throw new IOException(file + " has a damaged index");
            }
            Index index = readIndex(file, json);
            ByteBuffer data = whole.slice();
            if (data.remaining() != index.dataBytes()) {
                throw new IOException(
                        file + " has " + data.remaining() + " bytes of pictures instead of " + index.dataBytes());
            }
            return pictures(file, index, data);
        }
    }

    private static Index readIndex(Path file, byte[] json) throws IOException {
        try {
            return JSON.readValue(json, Index.class);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " has an index of another layout", e);
        }
    }

    private static Pictures pictures(Path file, Index index, ByteBuffer data) {
        List<Concept> concepts = new ArrayList<>(index.concepts().size());
        for (ConceptEntry entry : index.concepts()) {
            Map<String, Picture> drawn = new LinkedHashMap<>();
            entry.pictures()
                    .forEach((vendor, picture) -> drawn.put(
                            vendor,
                            new PackedPicture(file, data.slice((int) picture.at(), picture.length()), picture)));
            concepts.add(entry.concept(drawn));
        }
        return new Pictures(index.corpus(), index.vendors(), concepts);
    }

    private static byte[] pack(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        byte[] planes = new byte[PLANES * width * height];
        int at = 0;
        for (int shift = 24; shift >= 0; shift -= 8) {
            for (int y = 0; y < height; y++) {
                int left = 0;
                for (int x = 0; x < width; x++) {
                    int value = pixels[y * width + x] >>> shift;
                    planes[at++] = (byte) (value - left);
                    left = value;
                }
            }
        }
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION);
        try {
            deflater.setInput(planes);
            deflater.finish();
            byte[] room = new byte[planes.length + planes.length / 1000 + 64];
            int length = deflater.deflate(room);
            return Arrays.copyOf(room, length);
        } finally {
            deflater.end();
        }
    }

    private static BufferedImage unpack(ByteBuffer packed, int width, int height) throws DataFormatException {
        byte[] planes = new byte[PLANES * width * height];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(packed);
            int length = inflater.inflate(planes);
            if (length != planes.length) {
                throw new DataFormatException(length + " bytes instead of " + planes.length);
            }
        } finally {
            inflater.end();
        }
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB_PRE);
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int at = 0;
        for (int shift = 24; shift >= 0; shift -= 8) {
            for (int y = 0; y < height; y++) {
                int left = 0;
                for (int x = 0; x < width; x++) {
                    left = (left + planes[at++]) & 0xff;
                    pixels[y * width + x] |= left << shift;
                }
            }
        }
        return image;
    }

    private static int crc(byte[] bytes) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }

    /** A picture that lies in the mapped file. */
    private record PackedPicture(Path file, ByteBuffer packed, PictureEntry entry) implements Picture {

        @Override
        public BufferedImage draw(RandomGenerator random) {
            CRC32 checksum = new CRC32();
            checksum.update(packed.duplicate());
            if ((int) checksum.getValue() != entry.crc()) {
                throw new IllegalStateException(file + " is damaged at picture byte " + entry.at()
                        + ": delete it, it is made again at the next start");
            }
            try {
                return unpack(packed.duplicate(), entry.width(), entry.height());
            } catch (DataFormatException e) {
                throw new IllegalStateException("whole but not readable: " + file + " at " + entry.at(), e);
            }
        }
    }

    /** The index of a pack. */
    record Index(String corpus, List<String> vendors, long dataBytes, List<ConceptEntry> concepts) {}

    /** A concept in the index. */
    record ConceptEntry(
            String name,
            List<String> keyWords,
            String category,
            String subcategory,
            Novelty novelty,
            boolean mirrorable,
            Map<String, PictureEntry> pictures) {

        static ConceptEntry of(Concept concept, Map<String, PictureEntry> pictures) {
            return new ConceptEntry(
                    concept.name(),
                    concept.keyWords(),
                    concept.category(),
                    concept.subcategory(),
                    concept.novelty(),
                    concept.mirrorable(),
                    pictures);
        }

        Concept concept(Map<String, Picture> drawn) {
            return new Concept(name, keyWords, category, subcategory, novelty, mirrorable, drawn);
        }
    }

    /** Where a picture lies, relative to the end of the index. */
    record PictureEntry(long at, int length, int crc, int width, int height) {}

    /** A concept whose pictures are ready to be written. */
    private record PackedConcept(Concept concept, List<PackedImage> images) {}

    /** A picture that is ready to be written. */
    private static final class PackedImage {

        private final String vendor;
        private final byte[] bytes;
        private final int width;
        private final int height;

        PackedImage(String vendor, byte[] bytes, int width, int height) {
            this.vendor = vendor;
            this.bytes = bytes;
            this.width = width;
            this.height = height;
        }

        String vendor() {
            return vendor;
        }

        byte[] bytes() {
            return bytes;
        }

        PictureEntry entryAt(long at) {
            return new PictureEntry(at, bytes.length, crc(bytes), width, height);
        }
    }
}
