package dev.capstan.model.tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Conversions between float32 and the two 16-bit floating-point formats, rounding to nearest even as IEEE 754 and
 * PyTorch do. Java 17 has none of its own.
 */
public final class FloatConversions {
    private static final int F16_INFINITY = 0x7c00;
    private static final int F16_QUIET = 0x0200;
    private static final int F32_INFINITY = 0x7f800000;
    /** Smallest magnitude that rounds to infinity in float16: 65520. */
    private static final int F16_OVERFLOW = 0x477ff000;
    /** Smallest normal float16: 2^-14. */
    private static final int F16_MIN_NORMAL = 0x38800000;
    /** Difference of the exponent biases (127 - 15), in the place of float32's exponent. */
    private static final int BIAS_SHIFT = 112 << 23;
    /** Adding 0.5 to a magnitude below 2^-14 leaves its float16 subnormal, rounded to even, in the low bits. */
    private static final float SUBNORMAL_MAGIC = 0.5f;
    /** A float16 subnormal is its significand times 2^-24. */
    private static final float F16_SUBNORMAL_UNIT = 0x1p-24f;

    private FloatConversions() {}

    /** Bits of the float16 nearest to a float32. */
    public static short toFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude >= F16_OVERFLOW) {
            int nan = magnitude > F32_INFINITY ? F16_QUIET | ((magnitude >>> 13) & 0x3ff) : 0;
            return (short) (sign | F16_INFINITY | nan);
        }
        if (magnitude < F16_MIN_NORMAL) {
            float shifted = Float.intBitsToFloat(magnitude) + SUBNORMAL_MAGIC;
            return (short) (sign | (Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(SUBNORMAL_MAGIC)));
        }
        int roundToEven = 0xfff + ((magnitude >>> 13) & 1);
        return (short) (sign | ((magnitude - BIAS_SHIFT + roundToEven) >>> 13));
    }

    /** The float32 equal to a float16. */
    public static float fromFloat16(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half & 0x7c00;
        int significand = half & 0x3ff;
        if (exponent == F16_INFINITY) {
            return Float.intBitsToFloat(sign | F32_INFINITY | (significand << 13));
        }
        if (exponent == 0) {
            float magnitude = significand * F16_SUBNORMAL_UNIT;
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
        }
        return Float.intBitsToFloat(sign | (((half & 0x7fff) << 13) + BIAS_SHIFT));
    }

    /** Bits of the bfloat16 nearest to a float32. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > F32_INFINITY) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The float32 equal to a bfloat16. */
    public static float fromBfloat16(short bfloat) {
        return Float.intBitsToFloat(bfloat << 16);
    }

    static float[] toFloats(TensorValue tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        copyFloats(tensor, FloatBuffer.wrap(values));
        return values;
    }

    /** Widens the elements of a floating-point tensor into a buffer, from its position on. */
    public static void copyFloats(TensorValue tensor, FloatBuffer target) {
        copyFloats(tensor, 0, (int) tensor.elements(), target);
    }

    /** Widens a run of a floating-point tensor's elements into a buffer, from its position on. */
    public static void copyFloats(TensorValue tensor, int from, int count, FloatBuffer target) {
        switch (tensor.type()) {
            case F32 -> target.put(tensor.bytes().asFloatBuffer().slice(from, count));
            case F16 -> {
                ShortBuffer halves = tensor.bytes().asShortBuffer().slice(from, count);
                while (halves.hasRemaining()) {
                    target.put(fromFloat16(halves.get()));
                }
            }
            case BF16 -> {
                ShortBuffer halves = tensor.bytes().asShortBuffer().slice(from, count);
                while (halves.hasRemaining()) {
                    target.put(fromBfloat16(halves.get()));
                }
            }
            default -> throw notFloating(tensor.name(), tensor.type());
        }
    }

    static TensorValue convert(TensorValue tensor, TensorType target) {
        if (!target.isFloatingPoint()) {
            throw notFloating(tensor.name(), target);
        }
        float[] values = toFloats(tensor);
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, target.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        switch (target) {
            case F32 -> bytes.asFloatBuffer().put(values);
            case F16 -> {
                ShortBuffer halves = bytes.asShortBuffer();
                for (float value : values) {
                    halves.put(toFloat16(value));
                }
            }
            case BF16 -> {
                ShortBuffer halves = bytes.asShortBuffer();
                for (float value : values) {
                    halves.put(toBfloat16(value));
                }
            }
            default -> throw notFloating(tensor.name(), target);
        }
        return new TensorValue(tensor.name(), target, tensor.shape(), bytes);
    }

    private static IllegalArgumentException notFloating(String name, TensorType type) {
        return new IllegalArgumentException("tensor " + name + ": " + type + " is not a floating-point type");
    }
}
