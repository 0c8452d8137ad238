package dev.capstan.local.requests;

import java.util.List;

/** What to choose among. */
public sealed interface Labels {
    /** These labels. */
    record Given(List<String> labels) implements Labels {
        public Given {
            labels = List.copyOf(labels);
        }
    }

    /** The labels and templates of a set of labels.sets. */
    record Named(String set) implements Labels {}
}
