package dev.capstan.trainer;

import dev.capstan.model.images.ImagePreprocessor;

/** Where models come from: the one place that the trainer meets the model library. */
interface Models extends Learner.Factory {
    /**
     * Weights for a model that the log does not know.
     *
     * @throws IllegalStateException saying what to configure, if there are none
     */
    Learner.Weights base();

    /**
     * How pictures are prepared for the model that was loaded last; safe for use by several threads.
     *
     * @throws IllegalStateException if none was loaded yet
     */
    ImagePreprocessor preprocessor();
}
