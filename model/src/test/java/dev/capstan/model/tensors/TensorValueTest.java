package dev.capstan.model.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TensorValueTest {
    @Test
    void shouldDigestTypeShapeAndBytes() throws Exception {
        TensorValue tensor = TensorValue.ofBytes("any", new byte[] {1, 2, 3, 4, 5, 6});
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update("U8\n6\n".getBytes(StandardCharsets.US_ASCII));
        digest.update(new byte[] {1, 2, 3, 4, 5, 6});

        assertThat(tensor.digest()).isEqualTo(HexFormat.of().formatHex(digest.digest()));
    }

    @Test
    void shouldDigestAScalarWithoutDimensions() throws Exception {
        TensorValue scalar = TensorValue.ofLongs("step", new long[] {}, new long[] {0});
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update("I64\n\n".getBytes(StandardCharsets.US_ASCII));
        digest.update(new byte[8]);

        assertThat(scalar.digest()).isEqualTo(HexFormat.of().formatHex(digest.digest()));
    }

    @Test
    void shouldTellShapesAndTypesApartButNotNames() {
        float[] values = {1, 2, 3, 4};
        TensorValue row = TensorValue.ofFloats("w", new long[] {1, 4}, values);

        assertThat(row.digest())
                .isEqualTo(row.withName("v").digest())
                .isNotEqualTo(
                        TensorValue.ofFloats("w", new long[] {4, 1}, values).digest())
                .isNotEqualTo(TensorValue.ofFloats("w", new long[] {4}, values).digest())
                .isNotEqualTo(row.as(TensorType.F16).digest());
    }

    @Test
    void shouldRefuseBytesThatDoNotFillTheShape() {
        assertThatThrownBy(() -> new TensorValue("w", TensorType.F32, new long[] {2}, ByteBuffer.allocate(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("w: 4 bytes");
    }

    @Test
    void shouldNotLetItsShapeOrBytesBeChanged() {
        long[] shape = {2};
        TensorValue tensor = new TensorValue("w", TensorType.U8, shape, ByteBuffer.wrap(new byte[] {1, 2}));

        shape[0] = 7;
        tensor.shape()[0] = 8;
        tensor.bytes().get();

        assertThat(tensor.shape()).containsExactly(2);
        assertThat(tensor.bytes().isReadOnly()).isTrue();
        assertThat(tensor.toByteArray()).containsExactly(1, 2);
    }
}
