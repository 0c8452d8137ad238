package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;

import java.util.List;

/** What every image encoder asks of its mean and deviation. */
final class PixelStatistics {
    private PixelStatistics() {}

    static void check(List<Float> mean, List<Float> standardDeviation) {
        require(mean.size() == 3 && standardDeviation.size() == 3, "mean and deviation have three channels");
        require(standardDeviation.stream().allMatch(v -> v > 0), "standardDeviation must be positive");
    }
}
