package dev.capstan.ingest;

import static dev.capstan.ingest.BadInput.ACCEPTED;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Picture files beside a good text. */
final class BadImages {
    private static final String UNDECODABLE = "image-undecodable";
    private static final String TOO_MANY_PIXELS = "image-too-many-pixels";
    private static final List<String> FORMATS = List.of("png", "jpeg", "gif", "bmp");
    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private BadImages() {}

    static List<BadInput> all() {
        List<BadInput> cases = new ArrayList<>();
        truncated(cases);
        lyingContentTypes(cases);
        otherFiles(cases);
        dimensions(cases);
        pngs(cases);
        pngBombs(cases);
        jpegs(cases);
        gifs(cases);
        bmps(cases);
        return cases;
    }

    private static void truncated(List<BadInput> cases) {
        for (String format : FORMATS) {
            byte[] whole = good(format, 96, 64);
            for (int percent = 5; percent <= 85; percent += 5) {
                byte[] part = Arrays.copyOf(whole, whole.length * percent / 100);
                cases.add(BadInput.image(format + " cut after " + percent + " %", part, UNDECODABLE));
            }
            for (int bytes : new int[] {1, 2, 4, 8, 12, 20}) {
                cases.add(BadInput.image(
                        format + " cut after " + bytes + " bytes", Arrays.copyOf(whole, bytes), UNDECODABLE));
            }
        }
    }

    private static void lyingContentTypes(List<BadInput> cases) {
        for (String format : FORMATS) {
            for (String type :
                    List.of("text/html", "image/svg+xml", "image/webp", "application/octet-stream", "", "\u0000;;")) {
                cases.add(BadInput.image(
                        format + " called <" + type.strip() + ">", good(format, 48, 48), type, ACCEPTED));
            }
        }
    }

    private static void otherFiles(List<BadInput> cases) {
        Map<String, byte[]> files = new TreeMap<>();
        files.put(
                "an HTML page",
                ascii("<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>"));
        files.put(
                "an SVG",
                ascii("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"/>"));
        files.put(
                "an SVG with entities",
                ascii("<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><svg>&b;</svg>"));
        files.put("JSON", ascii("{\"error\": \"not found\"}"));
        files.put("a PDF", ascii("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"));
        files.put("a ZIP", bytes(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0));
        files.put("gzip", bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3));
        files.put("a program", bytes(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0));
        files.put("a TIFF", bytes(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 0, 0));
        files.put("an icon", bytes(0, 0, 1, 0, 1, 0, 16, 16, 0, 0));
        files.put("an AVIF", concat(bytes(0, 0, 0, 28), ascii("ftypavif"), new byte[64]));
        files.put("a HEIC", concat(bytes(0, 0, 0, 24), ascii("ftypheic"), new byte[64]));
        files.put("an MP4", concat(bytes(0, 0, 0, 24), ascii("ftypisom"), new byte[64]));
        files.put("JPEG 2000", bytes(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10));
        files.put("JPEG XL", bytes(0xff, 0x0a, 0, 0, 0, 0));
        files.put("a Photoshop file", concat(ascii("8BPS"), new byte[60]));
        files.put("a WAV", concat(ascii("RIFF"), bytes(36, 0, 0, 0), ascii("WAVEfmt "), new byte[40]));
        files.put("a WebP without chunks", concat(ascii("RIFF"), bytes(4, 0, 0, 0), ascii("WEBP")));
        files.put("a WebP of nothing", concat(ascii("RIFF"), bytes(12, 0, 0, 0), ascii("WEBPVP8 "), new byte[4]));
        files.put(
                "a WebP that lies of its length",
                concat(
                        ascii("RIFF"),
                        bytes(255, 255, 255, 127),
                        ascii("WEBPVP8L"),
                        bytes(255, 255, 255, 127),
                        new byte[40]));
        files.put("a shell script", ascii("#!/bin/sh\nrm -rf /\n"));
        files.put("a byte order mark", bytes(0xef, 0xbb, 0xbf));
        files.put("zeros", new byte[100_000]);
        files.put("a PNG in base64", ascii("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"));
        files.put("a data address", ascii("data:image/png;base64,iVBORw0KGgo="));
        files.put("a PNG after a line end", concat(ascii("\n"), good("png", 48, 48)));
        files.put("a PNG whose line ends were changed", crlfChanged(good("png", 48, 48)));
        files.forEach((name, file) -> {
            cases.add(BadInput.image(name + " called PNG", file, "image/png", UNDECODABLE));
            cases.add(BadInput.image(name + " called JPEG", file, "image/jpeg", UNDECODABLE));
        });
        cases.add(BadInput.image("an empty file", new byte[0], "image-too-few-bytes"));
        cases.add(BadInput.image("a file of too many bytes", new byte[(2 << 20) + 1], "image-too-many-bytes"));
        cases.add(BadInput.image("a PNG with rubbish behind", concat(good("png", 48, 48), new byte[10_000]), ACCEPTED));
        cases.add(BadInput.image(
                "a PNG that is a ZIP too",
                concat(good("png", 48, 48), bytes(0x50, 0x4b, 5, 6), new byte[18]),
                ACCEPTED));
    }

    private static void dimensions(List<BadInput> cases) {
        for (String format : FORMATS) {
            sized(cases, format, 1, 1, "image-too-small");
            sized(cases, format, 31, 31, "image-too-small");
            sized(cases, format, 400, 31, "image-too-small");
            sized(cases, format, 97, 32, "image-aspect");
            sized(cases, format, 40, 1000, "image-aspect");
            sized(cases, format, 96, 32, ACCEPTED);
            sized(cases, format, 32, 32, ACCEPTED);
            sized(cases, format, 1500, 1500, format.equals("bmp") ? "image-too-many-bytes" : ACCEPTED);
        }
        for (int[] size : new int[][] {
            {60_000, 60_000},
            {100_000, 100_000},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MAX_VALUE, 1},
            {5001, 5000}
        }) {
            String name = size[0] + " x " + size[1];
            cases.add(BadInput.image(
                    "PNG that claims " + name, png(size[0], size[1], 8, 2, deflated(100)), TOO_MANY_PIXELS));
        }
        for (int[] size : new int[][] {{0, 0}, {0, 64}, {64, 0}, {Integer.MIN_VALUE, 64}, {-1, -1}}) {
            String name = size[0] + " x " + size[1];
            cases.add(
                    BadInput.image("PNG that claims " + name, png(size[0], size[1], 8, 2, deflated(100)), UNDECODABLE));
        }
        cases.add(BadInput.image(
                "GIF that claims 65535 x 65535", patched(good("gif", 48, 48), 6, 255, 255, 255, 255), ACCEPTED));
        byte[] jpeg = good("jpeg", 48, 48);
        int frame = indexOf(jpeg, 0xff, 0xc0) + 5;
        cases.add(BadInput.image(
                "JPEG that claims 65535 x 65535", patched(jpeg, frame, 255, 255, 255, 255), UNDECODABLE));
        cases.add(BadInput.image(
                "JPEG that claims 60000 x 60000", patched(jpeg, frame, 0xea, 0x60, 0xea, 0x60), TOO_MANY_PIXELS));
        cases.add(BadInput.image("JPEG that claims 0 x 0", patched(jpeg, frame, 0, 0, 0, 0), UNDECODABLE));
        cases.add(BadInput.image("JPEG that claims more lines", patched(jpeg, frame, 0, 96), UNDECODABLE));
    }

    private static void pngs(List<BadInput> cases) {
        byte[] data = deflated((64 * 3 + 1) * 64);
        cases.add(BadInput.image("PNG of zeros", png(64, 64, 8, 2, data), ACCEPTED));
        for (int depth : new int[] {1, 2, 4, 8, 16}) {
            cases.add(BadInput.image(
                    "grey PNG of depth " + depth,
                    png(64, 64, depth, 0, deflated((64 * depth / 8 + 1) * 64L)),
                    ACCEPTED));
        }
        cases.add(BadInput.image("RGB PNG of depth 16", png(64, 64, 16, 2, deflated((64 * 6 + 1) * 64)), ACCEPTED));
        cases.add(BadInput.image("RGBA PNG of depth 8", png(64, 64, 8, 6, deflated((64 * 4 + 1) * 64)), ACCEPTED));
        cases.add(BadInput.image("RGBA PNG of depth 16", png(64, 64, 16, 6, deflated((64 * 8 + 1) * 64)), ACCEPTED));
        cases.add(BadInput.image(
                "grey PNG with alpha of depth 16", png(64, 64, 16, 4, deflated((64 * 4 + 1) * 64)), ACCEPTED));
        for (int depth : new int[] {0, 3, 5, 32, 255}) {
            cases.add(BadInput.image("PNG of depth " + depth, png(64, 64, depth, 2, data), UNDECODABLE));
        }
        for (int type : new int[] {1, 5, 7, 255}) {
            cases.add(BadInput.image("PNG of colour type " + type, png(64, 64, 8, type, data), UNDECODABLE));
        }
        cases.add(
                BadInput.image("PNG with a palette that it lacks", png(64, 64, 8, 3, deflated(65 * 64)), UNDECODABLE));
        cases.add(BadInput.image(
                "PNG without data",
                concat(PNG_SIGNATURE, chunk("IHDR", header(64, 64, 8, 2)), chunk("IEND")),
                UNDECODABLE));
        cases.add(BadInput.image(
                "PNG without a header", concat(PNG_SIGNATURE, chunk("IDAT", data), chunk("IEND")), UNDECODABLE));
        cases.add(BadInput.image("PNG of nothing but a signature", PNG_SIGNATURE, UNDECODABLE));
        cases.add(BadInput.image("PNG with too little data", png(64, 64, 8, 2, deflated(200)), UNDECODABLE));
        cases.add(BadInput.image("PNG whose data is not deflated", png(64, 64, 8, 2, new byte[500]), UNDECODABLE));
        cases.add(BadInput.image(
                "PNG with a chunk of 2 GiB",
                concat(
                        PNG_SIGNATURE,
                        chunk("IHDR", header(64, 64, 8, 2)),
                        bytes(0x7f, 0xff, 0xff, 0xff),
                        ascii("IDAT"),
                        data),
                UNDECODABLE));
        cases.add(BadInput.image(
                "PNG with a chunk of negative length",
                concat(
                        PNG_SIGNATURE,
                        chunk("IHDR", header(64, 64, 8, 2)),
                        bytes(0xff, 0xff, 0xff, 0xff),
                        ascii("IDAT"),
                        data),
                UNDECODABLE));
    }

    private static void pngBombs(List<BadInput> cases) {
        cases.add(BadInput.image(
                "PNG bomb of 30000 x 30000", png(30_000, 30_000, 1, 0, deflated(1_000_000)), TOO_MANY_PIXELS));
        cases.add(BadInput.image(
                "PNG of just 25 million pixels", png(5000, 5000, 8, 2, deflated(5000L * (5000 * 3 + 1))), ACCEPTED));
        cases.add(BadInput.image(
                "PNG of 25 million grey pixels of 16 bits",
                png(5000, 5000, 16, 0, deflated(5000L * (5000 * 2 + 1))),
                ACCEPTED));
        byte[] data = deflated((64 * 3 + 1) * 64);
        byte[] start = concat(PNG_SIGNATURE, chunk("IHDR", header(64, 64, 8, 2)));
        byte[] bomb = deflated(200_000_000);
        cases.add(BadInput.image(
                "PNG with a text of 200 MB",
                concat(start, chunk("zTXt", concat(ascii("a"), bytes(0, 0), bomb)), chunk("IDAT", data), chunk("IEND")),
                ACCEPTED));
        cases.add(BadInput.image(
                "PNG with a colour profile of 200 MB",
                concat(start, chunk("iCCP", concat(ascii("a"), bytes(0, 0), bomb)), chunk("IDAT", data), chunk("IEND")),
                ACCEPTED));
        cases.add(BadInput.image("PNG with 200 MB more data than pixels", png(64, 64, 8, 2, bomb), ACCEPTED));
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        chunks.writeBytes(start);
        for (int number = 0; number < 20_000; number++) {
            chunks.writeBytes(chunk("tEXt", ascii("a"), bytes(0), ascii("b")));
        }
        cases.add(BadInput.image(
                "PNG with 20,000 chunks", concat(chunks.toByteArray(), chunk("IDAT", data), chunk("IEND")), ACCEPTED));
    }

    private static void jpegs(List<BadInput> cases) {
        byte[] plain = good("jpeg", 64, 48);
        for (int orientation : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65_535}) {
            cases.add(BadInput.image(
                    "JPEG with the orientation " + orientation, afterStart(plain, exif(orientation)), ACCEPTED));
        }
        cases.add(BadInput.image(
                "JPEG with broken EXIF",
                afterStart(plain, segment(0xe1, ascii("Exif"), bytes(0, 0, 1, 2, 3))),
                ACCEPTED));
        cases.add(BadInput.image(
                "JPEG with EXIF that points to itself",
                afterStart(
                        plain,
                        segment(0xe1, ascii("Exif"), bytes(0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 255, 255, 0, 0, 0, 8))),
                ACCEPTED));
        cases.add(BadInput.image(
                "JPEG with a comment of 64 KiB", afterStart(plain, segment(0xfe, new byte[65_533])), ACCEPTED));
        cases.add(BadInput.image(
                "JPEG with a segment beyond its end",
                concat(bytes(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff), new byte[10]),
                UNDECODABLE));
        cases.add(BadInput.image(
                "JPEG with a segment of no length",
                concat(bytes(0xff, 0xd8, 0xff, 0xe1, 0, 0), new byte[50]),
                UNDECODABLE));
        cases.add(BadInput.image("JPEG of nothing but start and end", bytes(0xff, 0xd8, 0xff, 0xd9), UNDECODABLE));
        cases.add(BadInput.image("JPEG that starts twice", concat(bytes(0xff, 0xd8), plain), UNDECODABLE));
        cases.add(BadInput.image("CMYK JPEG", inks(), ACCEPTED));
        for (int transform : new int[] {0, 2}) {
            byte[] adobe = segment(0xee, ascii("Adobe"), bytes(0, 100, 0, 0, 0, 0, transform));
            cases.add(
                    BadInput.image("CMYK JPEG of Adobe's transform " + transform, afterStart(inks(), adobe), ACCEPTED));
        }
        byte[] without = plain.clone();
        int tables = indexOf(without, 0xff, 0xc4);
        without[tables + 1] = (byte) 0xfe;
        cases.add(
                BadInput.image("JPEG without a Huffman table that readers know", without, asTheRuntimeReads(without)));
        for (int frame : new int[] {0xc3, 0xcb}) {
            byte[] other = plain.clone();
            other[indexOf(other, 0xff, 0xc0) + 1] = (byte) frame;
            cases.add(BadInput.image("JPEG of frame type " + Integer.toHexString(frame), other, UNDECODABLE));
        }
        byte[] arithmetic = plain.clone();
        arithmetic[indexOf(arithmetic, 0xff, 0xc0) + 1] = (byte) 0xc9;
        cases.add(
                BadInput.image("JPEG that is read as arithmetically coded", arithmetic, asTheRuntimeReads(arithmetic)));
        int components = indexOf(plain, 0xff, 0xc0) + 9;
        for (int number : new int[] {0, 5, 255}) {
            cases.add(BadInput.image(
                    "JPEG of " + number + " components", patched(plain, components, number), UNDECODABLE));
        }
    }

    private static void gifs(List<BadInput> cases) {
        for (int frames : new int[] {2, 10, 300}) {
            cases.add(BadInput.image("animation of " + frames + " frames", animation(frames), "image/gif", ACCEPTED));
        }
        byte[] gif = good("gif", 48, 48);
        cases.add(BadInput.image("GIF of nothing but a header", Arrays.copyOf(gif, 13), UNDECODABLE));
        cases.add(BadInput.image("GIF of a version that is not", patched(gif, 3, '9', '9', 'z'), UNDECODABLE));
        byte[] animation = animation(3);
        cases.add(BadInput.image(
                "animation cut in its last frame",
                Arrays.copyOf(animation, animation.length - 20),
                "image/gif",
                ACCEPTED));
    }

    private static void bmps(List<BadInput> cases) {
        byte[] bmp = good("bmp", 64, 48);
        for (int compression : new int[] {4, 5, 6, 11, 255}) {
            cases.add(BadInput.image("BMP of compression " + compression, little(bmp, 30, compression), UNDECODABLE));
        }
        cases.add(BadInput.image(
                "BMP that claims 100000 x 100000", little(little(bmp, 18, 100_000), 22, 100_000), UNDECODABLE));
        cases.add(BadInput.image("BMP of no width", little(bmp, 18, 0), UNDECODABLE));
        cases.add(BadInput.image("BMP of negative width", little(bmp, 18, -64), UNDECODABLE));
        cases.add(BadInput.image("BMP from top to bottom", little(bmp, 22, -48), ACCEPTED));
        cases.add(BadInput.image("BMP of least height", little(bmp, 22, Integer.MIN_VALUE), UNDECODABLE));
        cases.add(BadInput.image("BMP of 3 bits a pixel", patched(bmp, 28, 3), UNDECODABLE));
        cases.add(BadInput.image("BMP of a header of 1 GB", little(bmp, 14, 1_000_000_000), UNDECODABLE));
        cases.add(BadInput.image("BMP whose pixels begin behind its end", little(bmp, 10, 1_000_000), UNDECODABLE));
    }

    private static void sized(List<BadInput> cases, String format, int width, int height, String expected) {
        cases.add(BadInput.image(format + " of " + width + " x " + height, good(format, width, height), expected));
    }

    static byte[] good(String format, int width, int height) {
        return array(
                TestPairs.encoded(format, TestPairs.drawing(3, Math.max(width, 2), height))
                        .duplicate(),
                format,
                width,
                height);
    }

    /**
     * A Java runtime brings its own JPEG library or uses the system's, and only some of them know the usual Huffman tables
     * or arithmetic coding: what the runtime's reader takes must be accepted, and what it does not must be refused.
     */
    private static String asTheRuntimeReads(byte[] file) {
        try {
            return ImageIO.read(new ByteArrayInputStream(file)) == null ? UNDECODABLE : ACCEPTED;
        } catch (IOException e) {
            return UNDECODABLE;
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] array(ByteBuffer encoded, String format, int width, int height) {
        if (width > 1) {
            return bytes(encoded);
        }
        return bytes(TestPairs.encoded(format, new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)));
    }

    private static byte[] animation(int frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
        try (ImageOutputStream output = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(output);
            writer.prepareWriteSequence(null);
            for (int frame = 0; frame < frames; frame++) {
                writer.writeToSequence(new IIOImage(TestPairs.drawing(frame, 48, 48), null, null), null);
            }
            writer.endWriteSequence();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A JPEG of four components. */
    private static byte[] inks() {
        WritableRaster raster = Raster.createInterleavedRaster(0, 64, 48, 4, null);
        for (int index = 0; index < 64 * 48; index++) {
            raster.setPixel(index % 64, index / 64, new int[] {index % 256, index / 16 % 256, 100, 20});
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream output = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(output);
            writer.write(null, new IIOImage(raster, null, null), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static byte[] exif(int orientation) {
        byte[] tags = ByteBuffer.allocate(26)
                .put(ascii("MM"))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
        return segment(0xe1, ascii("Exif"), bytes(0, 0), tags);
    }

    private static byte[] segment(int marker, byte[]... content) {
        byte[] all = concat(content);
        int length = all.length + 2;
        return concat(bytes(0xff, marker, length >> 8, length & 0xff), all);
    }

    private static byte[] afterStart(byte[] jpeg, byte[] segment) {
        return concat(Arrays.copyOf(jpeg, 2), segment, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    private static byte[] png(int width, int height, int depth, int type, byte[] data) {
        return concat(
                PNG_SIGNATURE, chunk("IHDR", header(width, height, depth, type)), chunk("IDAT", data), chunk("IEND"));
    }

    private static byte[] header(int width, int height, int depth, int type) {
        return ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) depth)
                .put((byte) type)
                .array();
    }

    private static byte[] chunk(String type, byte[]... content) {
        byte[] data = concat(content);
        CRC32 checksum = new CRC32();
        checksum.update(ascii(type));
        checksum.update(data);
        return ByteBuffer.allocate(data.length + 12)
                .putInt(data.length)
                .put(ascii(type))
                .put(data)
                .putInt((int) checksum.getValue())
                .array();
    }

    /** So many zeros, deflated. */
    private static byte[] deflated(long zeros) {
        Deflater deflater = new Deflater(9);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] block = new byte[1 << 16];
        byte[] buffer = new byte[1 << 16];
        for (long left = zeros; left > 0; left -= block.length) {
            deflater.setInput(block, 0, (int) Math.min(left, block.length));
            while (!deflater.needsInput()) {
                bytes.write(buffer, 0, deflater.deflate(buffer));
            }
        }
        deflater.finish();
        while (!deflater.finished()) {
            bytes.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return bytes.toByteArray();
    }

    /** What a transfer in text mode does. */
    private static byte[] crlfChanged(byte[] file) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        for (byte value : file) {
            if (value != '\r') {
                changed.write(value);
            }
        }
        return changed.toByteArray();
    }

    private static byte[] little(byte[] file, int at, int value) {
        byte[] changed = file.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return changed;
    }

    private static byte[] patched(byte[] file, int at, int... values) {
        byte[] changed = file.clone();
        for (int index = 0; index < values.length; index++) {
            changed[at + index] = (byte) values[index];
        }
        return changed;
    }

    private static int indexOf(byte[] file, int first, int second) {
        for (int index = 0; index + 1 < file.length; index++) {
            if ((file[index] & 0xff) == first && (file[index + 1] & 0xff) == second) {
                return index;
            }
        }
        throw new IllegalStateException("no such marker");
    }

    private static byte[] bytes(int... values) {
        return patched(new byte[values.length], 0, values);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
