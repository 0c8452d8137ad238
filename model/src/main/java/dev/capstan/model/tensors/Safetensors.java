package dev.capstan.model.tensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The safetensors file format: eight bytes of header length, a JSON header, the tensors' bytes without gaps.
 *
 * <p>Reading maps the file and believes nothing: the header's length, its JSON, types, shapes, offsets, gaps and overlaps
 * are checked before a tensor is handed out. Writing is atomic: a reader sees the old file or the whole new one.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class Safetensors {
    /** The reference implementation's bound. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = Long.BYTES;
    /** The header is padded with spaces to a multiple of this, so that every tensor is aligned to its element size. */
    private static final int ALIGNMENT = 8;

    private static final String METADATA = "__metadata__";
    private static final Set<String> ENTRY_KEYS = Set.of("dtype", "shape", "data_offsets");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Safetensors() {}

    /**
     * Reads a file. The tensors' bytes are a mapping of it, so it must not be truncated or written to while they are in
     * use; replacing it, as {@link #write} does, is safe.
     *
     * @throws WeightsFormatException if it is not a well-formed safetensors file
     */
    public static SafetensorsFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            JsonNode header = readHeader(file, channel, size);
            long dataStart = LENGTH_BYTES + headerLength(file, channel, size);
            List<Entry> entries = entries(file, header, size - dataStart);
            Mapping mapping = Mapping.of(channel, dataStart, size - dataStart);
            List<TensorValue> tensors = new ArrayList<>(entries.size());
            for (Entry entry : entries) {
                tensors.add(new TensorValue(
                        entry.name(), entry.type(), entry.shape(), mapping.range(entry.begin(), entry.end())));
            }
            return new SafetensorsFile(metadata(file, header), tensors);
        }
    }

    /**
     * Writes a file: into a temporary file beside it, forced to disk, then moved over it.
     *
     * @throws IllegalArgumentException if two tensors have one name
     */
    public static void write(Path file, List<TensorValue> tensors, Map<String, String> metadata) throws IOException {
        List<TensorValue> ordered = new ArrayList<>(tensors);
        ordered.sort(
                Comparator.comparingInt((TensorValue tensor) -> -tensor.type().bytes())
                        .thenComparing(TensorValue::name));
        ByteBuffer header = header(ordered, metadata);
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " has no directory");
        }
        Path temporary = Files.createTempFile(directory, target.getFileName() + ".", ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, header);
                for (TensorValue tensor : ordered) {
                    writeFully(channel, tensor.bytes());
                }
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer header(List<TensorValue> ordered, Map<String, String> metadata) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode free = root.putObject(METADATA);
            metadata.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(e -> free.put(e.getKey(), e.getValue()));
        }
        long offset = 0;
        for (TensorValue tensor : ordered) {
            if (root.has(tensor.name())) {
                throw new IllegalArgumentException("two tensors are named " + tensor.name());
            }
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.type().name());
            var shape = entry.putArray("shape");
            for (long dimension : tensor.shape()) {
                shape.add(dimension);
            }
            entry.putArray("data_offsets").add(offset).add(offset + tensor.byteSize());
            offset += tensor.byteSize();
        }
        byte[] json = JSON.writeValueAsBytes(root);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private static long headerLength(Path file, FileChannel channel, long size) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        readFully(file, channel, length, 0);
        long header = length.flip().getLong();
        if (header < 2 || header > MAX_HEADER_BYTES || header > size - LENGTH_BYTES) {
            throw new WeightsFormatException(
                    file + ": header length " + header + " does not fit a file of " + size + " bytes");
        }
        return header;
    }

    private static JsonNode readHeader(Path file, FileChannel channel, long size) throws IOException {
        if (size < LENGTH_BYTES) {
            throw new WeightsFormatException(file + ": only " + size + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) headerLength(file, channel, size));
        readFully(file, channel, bytes, LENGTH_BYTES);
        if (bytes.get(0) != '{') {
            throw new WeightsFormatException(file + ": header does not begin with '{'");
        }
        try {
            JsonNode header = JSON.readTree(new String(bytes.array(), StandardCharsets.UTF_8));
            if (!header.isObject()) {
                throw new WeightsFormatException(file + ": header is not a JSON object");
            }
            return header;
        } catch (JsonProcessingException e) {
            throw new WeightsFormatException(file + ": header is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static void readFully(Path file, FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new WeightsFormatException(file + ": ends inside the header");
            }
            at += read;
        }
    }

    private static Map<String, String> metadata(Path file, JsonNode header) throws IOException {
        Map<String, String> metadata = new HashMap<>();
        JsonNode node = header.path(METADATA);
        if (!node.isMissingNode() && !node.isObject()) {
            throw new WeightsFormatException(file + ": " + METADATA + " is not an object");
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!field.getValue().isTextual()) {
                throw new WeightsFormatException(file + ": metadata " + field.getKey() + " is not a string");
            }
            metadata.put(field.getKey(), field.getValue().textValue());
        }
        return metadata;
    }

    /** The entries in the order of their data, which they cover without gap or overlap. */
    private static List<Entry> entries(Path file, JsonNode header, long dataBytes) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (!field.getKey().equals(METADATA)) {
                entries.add(Entry.parse(file, field.getKey(), field.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long expected = 0;
        for (Entry entry : entries) {
            if (entry.begin() != expected) {
                throw new WeightsFormatException(file + ": tensor " + entry.name() + " begins at " + entry.begin()
                        + " where " + expected + " was expected");
            }
            expected = entry.end();
        }
        if (expected != dataBytes) {
            throw new WeightsFormatException(
                    file + ": the header speaks of " + expected + " bytes of data, the file has " + dataBytes);
        }
        return entries;
    }

    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Entry(String name, TensorType type, long[] shape, long begin, long end) {
        static Entry parse(Path file, String name, JsonNode node) throws IOException {
            String where = file + ": tensor " + name;
            Set<String> keys = new HashSet<>();
            node.fieldNames().forEachRemaining(keys::add);
            if (!keys.equals(ENTRY_KEYS)) {
                throw new WeightsFormatException(where + " has the keys " + keys + ", not " + ENTRY_KEYS);
            }
            TensorType type = type(where, node.get("dtype"));
            long[] shape = longs(where + ", shape", node.get("shape"));
            long[] offsets = longs(where + ", data_offsets", node.get("data_offsets"));
            if (offsets.length != 2 || offsets[1] < offsets[0]) {
                throw new WeightsFormatException(where + ": data_offsets are not a range");
            }
            try {
                long expected = Math.multiplyExact(TensorValue.elements(shape), type.bytes());
                if (offsets[1] - offsets[0] != expected || expected > Integer.MAX_VALUE) {
                    throw new WeightsFormatException(where + ": " + (offsets[1] - offsets[0])
                            + " bytes, but its shape takes " + expected + " of at most " + Integer.MAX_VALUE);
                }
            } catch (ArithmeticException e) {
                throw new WeightsFormatException(where + ": its shape overflows", e);
            }
            return new Entry(name, type, shape, offsets[0], offsets[1]);
        }

        private static TensorType type(String where, JsonNode node) throws IOException {
            for (TensorType type : TensorType.values()) {
                if (node.isTextual() && type.name().equals(node.textValue())) {
                    return type;
                }
            }
            throw new WeightsFormatException(where + ": type " + node + " is not supported");
        }

        private static long[] longs(String where, JsonNode node) throws IOException {
            if (!node.isArray()) {
                throw new WeightsFormatException(where + " is not an array");
            }
            long[] values = new long[node.size()];
            for (int i = 0; i < values.length; i++) {
                JsonNode element = node.get(i);
                if (!element.isIntegralNumber() || !element.canConvertToLong() || element.longValue() < 0) {
                    throw new WeightsFormatException(where + " holds " + element);
                }
                values[i] = element.longValue();
            }
            return values;
        }
    }

    /** The data part of a file: one mapping if it fits, else one for each tensor. */
    private interface Mapping {
        ByteBuffer range(long begin, long end) throws IOException;

        static Mapping of(FileChannel channel, long dataStart, long dataBytes) throws IOException {
            if (dataBytes > Integer.MAX_VALUE) {
                return (begin, end) -> channel.map(FileChannel.MapMode.READ_ONLY, dataStart + begin, end - begin);
            }
            MappedByteBuffer whole = channel.map(FileChannel.MapMode.READ_ONLY, dataStart, dataBytes);
            return (begin, end) -> whole.slice((int) begin, (int) (end - begin));
        }
    }
}
