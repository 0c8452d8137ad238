package dev.capstan.local.demo;

import dev.capstan.corpora.EncodedImage;
import dev.capstan.corpora.EvaluationPictures.EvaluationPicture;
import dev.capstan.local.requests.Answer;
import dev.capstan.local.requests.CaptionSearch;
import dev.capstan.local.requests.Labels;
import dev.capstan.local.requests.Probe;
import dev.capstan.local.requests.RequestClient;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks the demo's questions: rounds of probes about every new concept, and a steady load of others. Rounds are asked by one
 * thread at a time, load by another.
 */
final class Asker {
    /** Requests of a round that are in flight at a time, so that the steady load does not wait behind a whole round. */
    private static final int WINDOW = 16;

    private static final int MOST_REFUSALS = 10;

    private final RequestClient client;
    private final RequestBoard requests;
    private final ProbeBoard probes;
    private final List<EvaluationPicture> probed;
    private final List<EvaluationPicture> others;
    private final String newConcepts;
    private final RandomGenerator random;

    /**
     * @param probed pictures of the new concepts
     * @param others pictures for the steady load
     * @param newConcepts label set of the new concepts
     */
    Asker(
            RequestClient client,
            RequestBoard requests,
            ProbeBoard probes,
            List<EvaluationPicture> probed,
            List<EvaluationPicture> others,
            String newConcepts,
            RandomGenerator random) {
        this.client = client;
        this.requests = requests;
        this.probes = probes;
        this.probed = List.copyOf(probed);
        this.others = List.copyOf(others);
        this.newConcepts = newConcepts;
        this.random = random;
    }

    /** Asks about every new concept once, and returns when all have been answered, refused or have timed out. */
    void round() throws InterruptedException {
        Semaphore window = new Semaphore(WINDOW);
        for (EvaluationPicture picture : probed) {
            window.acquire();
            release(window, probeLabel(picture));
            window.acquire();
            release(window, probeCaption(picture));
        }
        window.acquire(WINDOW);
    }

    /** Asks one question of the steady load; the answer is noted when it comes. */
    void ask(boolean caption) {
        CompletableFuture<?> unused = caption ? askCaption() : askLabel();
    }

    /**
     * Asks until there is an answer: the service may still be warming up.
     *
     * @throws DemoException if request after request is refused
     */
    void firstAnswer() throws InterruptedException {
        while (requests.firstAnswer() == null) {
            if (requests.counts().refused() > MOST_REFUSALS) {
                throw new DemoException("Inference refuses the first requests: "
                        + requests.counts().problem());
            }
            try {
                askLabel().get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("The first request cannot be sent", e.getCause());
            }
        }
    }

    private CompletableFuture<?> askLabel() {
        requests.asked();
        return client.classify(any(), new Labels.Named(newConcepts), 5, Optional.empty())
                .whenComplete(this::ended);
    }

    private CompletableFuture<?> askCaption() {
        requests.asked();
        return client.caption(any(), CaptionSearch.groundedName(), Optional.empty())
                .whenComplete(this::ended);
    }

    private byte[] any() {
        return bytes(others.get(random.nextInt(others.size())).image());
    }

    private CompletableFuture<?> probeLabel(EvaluationPicture picture) {
        requests.asked();
        return client.classify(bytes(picture.image()), new Labels.Named(newConcepts), 5, Optional.of(truth(picture)))
                .whenComplete((answer, failure) -> {
                    ended(answer, failure);
                    if (answer != null) {
                        answer.event()
                                .ifPresent(event ->
                                        probes.classified(event.getCheckpoint(), event.getLabel(), picture.label()));
                    }
                });
    }

    private CompletableFuture<?> probeCaption(EvaluationPicture picture) {
        requests.asked();
        return client.caption(bytes(picture.image()), CaptionSearch.groundedName(), Optional.of(truth(picture)))
                .whenComplete((answer, failure) -> {
                    ended(answer, failure);
                    if (answer != null) {
                        answer.event()
                                .ifPresent(event ->
                                        probes.captioned(event.getCheckpoint(), event.getCaption(), picture.label()));
                    }
                });
    }

    private Probe truth(EvaluationPicture picture) {
        return new Probe(picture.label(), newConcepts);
    }

    private void ended(@Nullable Answer<?> answer, @Nullable Throwable failure) {
        if (answer != null) {
            requests.ended(answer);
        } else if (failure != null) {
            requests.failed(failure);
        }
    }

    // Whatever the outcome, the window moves on.
    @SuppressWarnings("FutureReturnValueIgnored")
    private static void release(Semaphore window, CompletableFuture<?> request) {
        request.whenComplete((answer, failure) -> window.release());
    }

    private static byte[] bytes(EncodedImage image) {
        byte[] bytes = new byte[image.bytes().remaining()];
        image.bytes().get(bytes);
        return bytes;
    }
}
