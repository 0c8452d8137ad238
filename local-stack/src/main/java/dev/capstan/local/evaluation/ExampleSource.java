package dev.capstan.local.evaluation;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Pictures with texts, read one after the other. */
interface ExampleSource {
    /**
     * Hands on examples until there are no more or the taker wants none.
     *
     * @param taker returns whether it wants another
     * @param passedOver told, in a sentence, of everything that is no example
     * @throws IOException if the source itself cannot be read
     */
    void read(Predicate<Example> taker, Consumer<String> passedOver) throws IOException;
}
