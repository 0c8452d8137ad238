package dev.capstan.model.tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.StringJoiner;

/**
 * A named tensor: little-endian elements in row-major order. Immutable, and safe to share between threads as long as
 * nobody writes to the memory behind {@code bytes}, which is not copied: it may be a mapped file.
 *
 * @param name parameter name, equal to the reference state dict's
 * @param type element type
 * @param shape dimensions, outermost first; empty for a scalar
 * @param bytes the elements; kept as a read-only view of what was remaining in the given buffer
 */
@SuppressWarnings("ArrayRecordComponent") // the accessor and the constructor copy
public record TensorValue(String name, TensorType type, long[] shape, ByteBuffer bytes) {
    public TensorValue {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        shape = shape.clone();
        bytes = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        long expected = Math.multiplyExact(elements(shape), type.bytes());
        if (bytes.remaining() != expected) {
            throw new IllegalArgumentException("tensor " + name + ": " + bytes.remaining() + " bytes, but " + type + " "
                    + Arrays.toString(shape) + " takes " + expected);
        }
    }

    /** A tensor over the elements of an array, which are copied. */
    public static TensorValue ofFloats(String name, long[] shape, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new TensorValue(name, TensorType.F32, shape, bytes);
    }

    /** A tensor over the elements of an array, which are copied. */
    public static TensorValue ofLongs(String name, long[] shape, long[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Long.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return new TensorValue(name, TensorType.I64, shape, bytes);
    }

    /** A vector of bytes, for example a file. The array is copied. */
    public static TensorValue ofBytes(String name, byte[] content) {
        return new TensorValue(name, TensorType.U8, new long[] {content.length}, ByteBuffer.wrap(content.clone()));
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** A read-only, little-endian view with its own position. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Number of elements. */
    public long elements() {
        return bytes.remaining() / type.bytes();
    }

    public long byteSize() {
        return bytes.remaining();
    }

    public TensorValue withName(String newName) {
        return new TensorValue(newName, type, shape, bytes);
    }

    /** The content of a {@link TensorType#U8} vector. */
    public byte[] toByteArray() {
        byte[] content = new byte[bytes.remaining()];
        bytes().get(content);
        return content;
    }

    /** The elements of a floating-point tensor, widened to float. */
    public float[] toFloats() {
        return FloatConversions.toFloats(this);
    }

    /** The elements of an {@link TensorType#I64} tensor. */
    public long[] toLongs() {
        if (type != TensorType.I64) {
            throw new IllegalStateException("tensor " + name + " is " + type + ", not I64");
        }
        long[] values = new long[Math.toIntExact(elements())];
        bytes().asLongBuffer().get(values);
        return values;
    }

    /** This tensor in another floating-point type, rounded to nearest even; itself if it has that type. */
    public TensorValue as(TensorType target) {
        if (target == type) {
            return this;
        }
        return FloatConversions.convert(this, target);
    }

    /**
     * Identity of the content: lower-case hex SHA-256 over the ASCII text {@code TYPE '\n' d0,d1,...,dn '\n'} (dimensions
     * in decimal, nothing between the line feeds for a scalar) followed by the elements. The name takes no part. Computed
     * at each call.
     */
    public String digest() {
        StringJoiner dimensions = new StringJoiner(",", type.name() + "\n", "\n");
        for (long dimension : shape) {
            dimensions.add(Long.toString(dimension));
        }
        MessageDigest digest = sha256();
        digest.update(dimensions.toString().getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes());
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static long elements(long[] shape) {
        long elements = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in " + Arrays.toString(shape));
            }
            elements = Math.multiplyExact(elements, dimension);
        }
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorValue that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && bytes.equals(that.bytes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return name + " " + type + " " + Arrays.toString(shape);
    }
}
