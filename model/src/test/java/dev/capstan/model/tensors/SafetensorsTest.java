package dev.capstan.model.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    @TempDir
    Path directory;

    @Test
    void shouldReadBackWhatWasWritten() throws IOException {
        List<TensorValue> tensors = List.of(
                TensorValue.ofFloats("a.weight", new long[] {2, 3}, new float[] {1, -2, 3.5f, 0, 1e-30f, 1e30f}),
                TensorValue.ofBytes("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8)),
                TensorValue.ofLongs("steps", new long[] {}, new long[] {Long.MIN_VALUE}),
                TensorValue.ofFloats("half", new long[] {3}, new float[] {1, 2, 3})
                        .as(TensorType.F16),
                TensorValue.ofFloats("empty", new long[] {0, 4}, new float[] {}));
        Path file = directory.resolve("model.safetensors");

        Safetensors.write(file, tensors, Map.of("format", "pt", "note", "déjà vu"));

        SafetensorsFile read = Safetensors.read(file);
        assertThat(read.tensors()).containsExactlyInAnyOrderElementsOf(tensors);
        assertThat(read.metadata()).containsExactlyInAnyOrderEntriesOf(Map.of("format", "pt", "note", "déjà vu"));
    }

    @Test
    void shouldAlignEveryTensorToItsElements() throws IOException {
        Path file = directory.resolve("model.safetensors");

        Safetensors.write(
                file,
                List.of(
                        TensorValue.ofBytes("bytes", new byte[3]),
                        TensorValue.ofLongs("longs", new long[] {1}, new long[] {7})),
                Map.of());

        byte[] content = Files.readAllBytes(file);
        long header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat(header % 8).isZero();
        assertThat(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong((int) (8 + header)))
                .isEqualTo(7);
    }

    /** Windows does not let a mapped file be replaced. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldKeepAMappedFileReadableWhileItIsReplaced() throws IOException {
        Path file = directory.resolve("model.safetensors");
        Safetensors.write(file, List.of(TensorValue.ofFloats("w", new long[] {1}, new float[] {1})), Map.of());
        TensorValue before = Safetensors.read(file).tensors().get(0);

        Safetensors.write(file, List.of(TensorValue.ofFloats("w", new long[] {1}, new float[] {2})), Map.of());

        assertThat(before.toFloats()).containsExactly(1);
        assertThat(Safetensors.read(file).tensors().get(0).toFloats()).containsExactly(2);
    }

    @Test
    void shouldLeaveNoTemporaryFileBehindWhenWritingFails() throws IOException {
        TensorValue tensor = TensorValue.ofBytes("twice", new byte[1]);

        assertThatThrownBy(() ->
                        Safetensors.write(directory.resolve("model.safetensors"), List.of(tensor, tensor), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");

        assertThat(directory).isEmptyDirectory();
    }

    static Stream<Arguments> hostileFiles() {
        return Stream.of(
                Arguments.of("shorter than a length", new byte[] {1, 2, 3}, "3 bytes"),
                Arguments.of("header longer than the file", withLength(1000, "{}", 0), "header length 1000"),
                Arguments.of("header of negative length", withLength(-1, "{}", 0), "header length -1"),
                Arguments.of("huge header", withLength(Long.MAX_VALUE, "{}", 0), "header length"),
                Arguments.of("no JSON", file("{nonsense", 0), "not JSON"),
                Arguments.of("an array", file("[1, 2]", 0), "'{'"),
                Arguments.of("two tensors of one name", file(entry("w", "F32", "[1]", 0, 4, "w", 4, 8), 8), "w"),
                Arguments.of("unknown type", file(entry("w", "F99", "[1]", 0, 4), 4), "F99"),
                Arguments.of(
                        "type that is no string",
                        file("{\"w\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
                        "type 1"),
                Arguments.of("negative dimension", file(entry("w", "F32", "[-1]", 0, 4), 4), "-1"),
                Arguments.of("dimension that is no number", file(entry("w", "F32", "[\"1\"]", 0, 4), 4), "shape"),
                Arguments.of("fractional dimension", file(entry("w", "F32", "[1.5]", 0, 4), 4), "1.5"),
                Arguments.of(
                        "dimension beyond long", file(entry("w", "F32", "[99999999999999999999]", 0, 4), 4), "9999"),
                Arguments.of(
                        "overflowing shape", file(entry("w", "F32", "[4294967296,4294967296]", 0, 4), 4), "overflows"),
                Arguments.of("shape and bytes that differ", file(entry("w", "F32", "[2]", 0, 4), 4), "takes 8"),
                Arguments.of("range backwards", file(entry("w", "F32", "[1]", 4, 0), 4), "range"),
                Arguments.of("range beyond the data", file(entry("w", "F32", "[2]", 0, 8), 4), "8 bytes of data"),
                Arguments.of("data that nobody owns", file(entry("w", "F32", "[1]", 0, 4), 12), "4 bytes of data"),
                Arguments.of("gap", file(entry("w", "F32", "[1]", 0, 4, "v", 8, 12), 12), "begins at 8"),
                Arguments.of("overlap", file(entry("w", "F32", "[1]", 0, 4, "v", 2, 6), 6), "begins at 2"),
                Arguments.of("missing key", file("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4), "keys"),
                Arguments.of("entry that is no object", file("{\"w\":7}", 0), "keys"),
                Arguments.of("metadata that is no string", file("{\"__metadata__\":{\"a\":1}}", 0), "metadata a"),
                Arguments.of("metadata that is no object", file("{\"__metadata__\":[]}", 0), "__metadata__"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileFiles")
    void shouldRefuse(String fault, byte[] content, String message) throws IOException {
        Path file = directory.resolve("hostile.safetensors");
        Files.write(file, content);

        assertThatThrownBy(() -> Safetensors.read(file))
                .as(fault)
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("hostile.safetensors")
                .hasMessageContaining(message);
    }

    @Test
    void shouldNeverFailOtherwiseOnDamagedFiles() throws IOException {
        Path whole = directory.resolve("whole.safetensors");
        Safetensors.write(whole, List.of(TensorValue.ofFloats("w", new long[] {2}, new float[] {1, 2})), Map.of());
        byte[] content = Files.readAllBytes(whole);
        SplittableRandom random = new SplittableRandom(4);
        List<Throwable> others = new ArrayList<>();
        int refused = 0;

        for (int i = 0; i < 500; i++) {
            byte[] damaged = content.clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = directory.resolve(i + ".safetensors");
            Files.write(file, damaged);
            try {
                Safetensors.read(file);
            } catch (WeightsFormatException e) {
                refused++;
            } catch (RuntimeException e) {
                others.add(e);
            }
        }
        assertThat(refused).isPositive();

        assertThat(others).isEmpty();
    }

    private static String entry(String name, String type, String shape, int begin, int end) {
        return "{\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}}"
                .formatted(name, type, shape, begin, end);
    }

    private static String entry(
            String name, String type, String shape, int begin, int end, String other, int otherBegin, int otherEnd) {
        String first = entry(name, type, shape, begin, end);
        String second = entry(other, type, shape, otherBegin, otherEnd);
        return first.substring(0, first.length() - 1) + "," + second.substring(1);
    }

    private static byte[] file(String header, int dataBytes) {
        return withLength(header.getBytes(StandardCharsets.UTF_8).length, header, dataBytes);
    }

    private static byte[] withLength(long length, String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json)
                .array();
    }
}
