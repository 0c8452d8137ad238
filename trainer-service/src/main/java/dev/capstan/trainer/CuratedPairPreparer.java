package dev.capstan.trainer;

import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.records.CuratedPair;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a curated record, decodes its picture within bounds and preprocesses it, with random views for training.
 *
 * <p>Called by as many threads at once as there are deserializers; each call borrows one.
 */
final class CuratedPairPreparer implements PairPreparer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CuratedPairPreparer.class);

    private final String model;
    private final boolean augmented;
    private final Takedowns takedowns;
    private final BoundedImageDecoder decoder;
    private final Supplier<ImagePreprocessor> preprocessor;
    private final List<AvroDeserializer<CuratedPair>> deserializers;
    private final BlockingQueue<AvroDeserializer<CuratedPair>> idle;

    /**
     * @param augmented whether pictures get random views
     * @param takedowns asked at every use of a pair, also when it is drawn again
     * @param preprocessor for the model that is loaded
     * @param deserializers configured; closed here
     */
    CuratedPairPreparer(
            String model,
            boolean augmented,
            Takedowns takedowns,
            BoundedImageDecoder decoder,
            Supplier<ImagePreprocessor> preprocessor,
            List<AvroDeserializer<CuratedPair>> deserializers) {
        this.model = model;
        this.augmented = augmented;
        this.takedowns = takedowns;
        this.decoder = decoder;
        this.preprocessor = preprocessor;
        this.deserializers = List.copyOf(deserializers);
        this.idle = new LinkedBlockingQueue<>(this.deserializers);
    }

    @Override
    public Preparation prepare(RawPair raw, long draw) {
        try {
            return prepare(read(raw), draw);
        } catch (PoisonRecordException e) {
            return new Preparation.Unreadable(String.valueOf(e.getMessage()));
        } catch (RegistryUnavailableException e) {
            return new Preparation.Unavailable(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // A bug that one record brings out must not hold up all behind it.
            LOG.error(
                    "preparing failed topic={} partition={} offset={}",
                    raw.partition().topic(),
                    raw.partition().partition(),
                    raw.offset(),
                    e);
            return new Preparation.Unreadable("preparing it failed: " + e);
        }
    }

    @Override
    public void close() {
        deserializers.forEach(AvroDeserializer::close);
    }

    private @Nullable CuratedPair read(RawPair raw) {
        AvroDeserializer<CuratedPair> borrowed = borrow();
        try {
            return borrowed.deserialize(raw.partition().topic(), raw.value());
        } finally {
            idle.add(borrowed);
        }
    }

    private AvroDeserializer<CuratedPair> borrow() {
        try {
            return idle.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a pair was prepared", e);
        }
    }

    private Preparation prepare(@Nullable CuratedPair pair, long draw) {
        if (pair == null) {
            return new Preparation.Unreadable("the record has no value");
        }
        if (takedowns.naming(pair).isPresent()) {
            return new Preparation.TakenDown();
        }
        DecodeResult result = decoder.decode(pair.getImage());
        Optional<DecodeResult.Refused> refused = result.refused();
        if (refused.isPresent()) {
            return new Preparation.Unreadable(refused.get().detail());
        }
        BufferedImage picture = result.decoded().orElseThrow().image();
        PixelImage pixels = augmented
                ? preprocessor.get().forTraining(picture, Seeds.ofPair(model, pair.getPairId(), draw))
                : preprocessor.get().forEvaluation(picture);
        return new Preparation.Ready(new LearningPair(
                pair.getPairId(), pair.getText(), pixels, pair.getPolicyVersion(), pair.getCrawledAt()));
    }
}
