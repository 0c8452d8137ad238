package dev.capstan.model.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FloatConversionsTest {
    private static final int HALVES = 1 << 16;

    @Test
    void shouldBringEveryFloat16BackUnchanged() {
        for (int bits = 0; bits < HALVES; bits++) {
            short half = (short) bits;
            float value = FloatConversions.fromFloat16(half);

            if (Float.isNaN(value)) {
                assertThat(Float.isNaN(FloatConversions.fromFloat16(FloatConversions.toFloat16(value))))
                        .isTrue();
            } else {
                assertThat(FloatConversions.toFloat16(value)).isEqualTo(half);
            }
        }
    }

    @Test
    void shouldKnowFloat16sLandmarks() {
        assertThat(FloatConversions.fromFloat16((short) 0x3c00)).isEqualTo(1f);
        assertThat(FloatConversions.fromFloat16((short) 0x7bff)).isEqualTo(65504f);
        assertThat(FloatConversions.fromFloat16((short) 0x0001)).isEqualTo(0x1p-24f);
        assertThat(FloatConversions.fromFloat16((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(FloatConversions.toFloat16(65519.99f)).isEqualTo((short) 0x7bff);
        assertThat(FloatConversions.toFloat16(65520f)).isEqualTo((short) 0x7c00);
        assertThat(FloatConversions.toFloat16(-1e30f)).isEqualTo((short) 0xfc00);
        assertThat(FloatConversions.toFloat16(1e-30f)).isZero();
        assertThat(FloatConversions.toFloat16(-0f)).isEqualTo((short) 0x8000);
    }

    /** Neighbours in float16 are found from its bits, so that rounding is judged by distance alone. */
    @Test
    void shouldRoundToTheNearestFloat16AndHalfwayToEven() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 200_000; i++) {
            float value = (float) Math.scalb(random.nextDouble(1, 2), random.nextInt(-27, 15));
            short rounded = FloatConversions.toFloat16(value);

            double error = Math.abs(FloatConversions.fromFloat16(rounded) - (double) value);
            double errorAbove = Math.abs(FloatConversions.fromFloat16((short) (rounded + 1)) - (double) value);
            double errorBelow =
                    rounded == 0 ? 1 : Math.abs(FloatConversions.fromFloat16((short) (rounded - 1)) - (double) value);

            assertThat(error).isLessThanOrEqualTo(Math.min(errorAbove, errorBelow));
        }
        assertThat(FloatConversions.toFloat16(1 + 0x1p-11f)).isEqualTo((short) 0x3c00);
        assertThat(FloatConversions.toFloat16(1 + 3 * 0x1p-11f)).isEqualTo((short) 0x3c02);
        assertThat(FloatConversions.toFloat16(0x1p-25f)).isZero();
        assertThat(FloatConversions.toFloat16(3 * 0x1p-25f)).isEqualTo((short) 2);
    }

    @Test
    void shouldRoundToBfloat16() {
        assertThat(FloatConversions.fromBfloat16(FloatConversions.toBfloat16(1f)))
                .isEqualTo(1f);
        assertThat(FloatConversions.fromBfloat16(FloatConversions.toBfloat16(1 + 0x1p-8f)))
                .isEqualTo(1f);
        assertThat(FloatConversions.fromBfloat16(FloatConversions.toBfloat16(1 + 3 * 0x1p-8f)))
                .isEqualTo(1 + 0x1p-6f);
        assertThat(FloatConversions.fromBfloat16(FloatConversions.toBfloat16(Float.MAX_VALUE)))
                .isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(FloatConversions.fromBfloat16(FloatConversions.toBfloat16(Float.NaN)))
                .isNaN();
    }

    @Test
    void shouldConvertTensors() {
        TensorValue tensor = TensorValue.ofFloats("w", new long[] {3}, new float[] {0.1f, -2, 1e-6f});

        assertThat(tensor.as(TensorType.F32)).isSameAs(tensor);
        assertThat(tensor.as(TensorType.F16).toFloats()).containsExactly(0.099975586f, -2, 1.013279e-6f);
        assertThat(tensor.as(TensorType.BF16).byteSize()).isEqualTo(6);
    }
}
