package dev.capstan.checkpoints;

import java.time.Duration;

/**
 * What a reader of the log accepts.
 *
 * @param maxTensorBytes largest single tensor
 * @param maxTotalBytes largest sum of distinct tensors of one fetch
 * @param timeout longest time for one operation, a fetch of every tensor included
 */
public record ReadLimits(long maxTensorBytes, long maxTotalBytes, Duration timeout) {
    private static final long GIBIBYTE = 1L << 30;

    public ReadLimits {
        if (maxTensorBytes < 1 || maxTensorBytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "maxTensorBytes is " + maxTensorBytes + ", must be in 1.." + (Integer.MAX_VALUE - 8));
        }
        if (maxTotalBytes < maxTensorBytes) {
            throw new IllegalArgumentException(
                    "maxTotalBytes is " + maxTotalBytes + ", less than maxTensorBytes " + maxTensorBytes);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is " + timeout + ", must be positive");
        }
    }

    /** 1 GiB a tensor, 8 GiB in all, two minutes. */
    public static ReadLimits defaults() {
        return new ReadLimits(GIBIBYTE, 8 * GIBIBYTE, Duration.ofMinutes(2));
    }
}
