package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.CurationPolicy.Balance;
import dev.capstan.ingest.text.NormalisedText;
import dev.capstan.ingest.text.TextNormaliser;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is asked with bytes of any kind: each must have an answer, in bounded time and memory. {@link FuzzSeedsTest} asks with
 * the corpus of bad input, {@link FuzzerTest} with what a fuzzer makes of it, which calls the nested classes by their names.
 */
public final class FuzzTargets {
    private static final ConceptCatalog CONCEPTS = new ConceptCatalog(List.of("dog"));
    private static final Curator CURATOR = new Curator(smallPictures(), CONCEPTS, Clock.systemUTC());
    private static final TextNormaliser NORMALISER = new TextNormaliser(1000);
    private static final BoundedImageDecoder DECODER =
            new BoundedImageDecoder(CurationPolicy.defaults().image().limits());

    /** Any image file. */
    public static final class Files {
        private Files() {}

        /** Loads what the first input needs, which must not count as its time. */
        public static void fuzzerInitialize() {
            anyFile(bytes(Records.PICTURE));
        }

        public static void fuzzerTestOneInput(byte[] input) {
            anyFile(input);
        }
    }

    /** Any text in UTF-16. */
    public static final class Texts {
        private Texts() {}

        /** Loads what the first input needs, which must not count as its time. */
        public static void fuzzerInitialize() {
            anyText("a dog".getBytes(StandardCharsets.UTF_16BE));
        }

        public static void fuzzerTestOneInput(byte[] input) {
            anyText(input);
        }
    }

    /** Any policy file. */
    public static final class Policies {
        private Policies() {}

        /** Loads what the first input needs, which must not count as its time. */
        public static void fuzzerInitialize() {
            policies().forEach(FuzzTargets::anyPolicy);
        }

        public static void fuzzerTestOneInput(byte[] input) {
            anyPolicy(input);
        }
    }

    /** Any value of pairs.crawled. */
    public static final class RecordValues {
        private RecordValues() {}

        /** Loads what the first input needs, which must not count as its time. */
        public static void fuzzerInitialize() {
            records().forEach(FuzzTargets::anyRecord);
        }

        public static void fuzzerTestOneInput(byte[] input) {
            anyRecord(input);
        }
    }

    private FuzzTargets() {}

    static Stream<byte[]> images() {
        return BadImages.all().stream()
                .map(input -> bytes(input.pair().getImage()))
                .filter(image -> image.length < 1 << 16);
    }

    static Stream<byte[]> texts() {
        return BadTexts.all().stream()
                .map(input -> input.pair().getText().getBytes(StandardCharsets.UTF_16BE))
                .filter(text -> text.length < 1 << 16);
    }

    static Stream<byte[]> policies() {
        return Stream.of(
                        "name: strict\nmin-text-words: 3\nformats: [png, webp]\nbackground: \"000000\"\n",
                        "{max-aspect: 2.0, name: 'p', min-side: 64, duplicate-retention: 1d}",
                        "languages:\n  - en\n  - de\nnear-duplicate-pairs: 1000\nmin-clip-score: 0.28\n",
                        "name: &a x\nlanguages: *a\n",
                        "? [complex, key]\n: value\n",
                        "name: \"\\uD800\"\nmax-pixels: 99999999999999999999\n",
                        "%YAML 9.9\n---\n- 1\n...\n")
                .map(policy -> policy.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<byte[]> records() {
        try (AvroSerializer<CrawledPair> serializer = new AvroSerializer<>()) {
            serializer.configure(Records.REGISTRY, false);
            byte[] sound =
                    Objects.requireNonNull(serializer.serialize(Topics.PAIRS_CRAWLED.topicName(), TestPairs.good(1)));
            byte[] unknown = sound.clone();
            unknown[4]++;
            return Stream.of(
                    sound, unknown, ByteBuffer.allocate(40).put(sound, 0, 40).array(), new byte[0]);
        }
    }

    static void anyFile(byte[] file) {
        Curation curation = CURATOR.curate(TestPairs.pair("fuzz", "a picture of a dog", ByteBuffer.wrap(file)));

        assertThat(curation.pair().isPresent()).isNotEqualTo(curation.refusal().isPresent());
        if (curation.pair().isPresent()) {
            CuratedPair pair = curation.pair().get();
            assertThat(Math.max(pair.getWidth(), pair.getHeight())).isLessThanOrEqualTo(256);
            assertThat(DECODER.decode(pair.getImage()).decoded()).isPresent();
        }
    }

    static void anyText(byte[] text) {
        // Units of sixteen bits make everything that a Java text can be, halves of surrogate pairs included.
        char[] units = new char[text.length / 2];
        ByteBuffer.wrap(text).asCharBuffer().get(units);
        String raw = new String(units);

        NormalisedText once = NORMALISER.normalise(raw);
        Curation curation = CURATOR.curate(TestPairs.pair("fuzz", raw, Records.PICTURE.duplicate()));

        assertThat(NORMALISER.normalise(once.text()).text()).isEqualTo(once.text());
        assertThat(once.text().chars().filter(Character::isISOControl)).isEmpty();
        assertThat(curation.pair().map(CuratedPair::getText).orElse(once.text()))
                .isEqualTo(once.text());
    }

    static void anyPolicy(byte[] yaml) {
        try {
            CurationPolicy policy = PolicyFile.parse("fuzz.yaml", yaml, Path.of("nowhere"));
            assertThat(policy.version()).startsWith(policy.name() + "-");
        } catch (InvalidPolicyException e) {
            assertThat(e).hasMessageContaining("fuzz.yaml");
        }
    }

    static void anyRecord(byte[] value) {
        try {
            assertThat(Records.READER.deserialize(Topics.PAIRS_CRAWLED.topicName(), value))
                    .isNotNull();
        } catch (PoisonRecordException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }

    /** Small ones, so that a fuzzer makes many. */
    private static CurationPolicy smallPictures() {
        CurationPolicy policy = CurationPolicy.defaults();
        CurationPolicy.ImageRules images = policy.image();
        return new CurationPolicy(
                policy.name(),
                policy.text(),
                new CurationPolicy.ImageRules(
                        1,
                        images.maxBytes(),
                        images.maxPixels(),
                        1 << 16,
                        images.formats(),
                        1,
                        images.maxAspect(),
                        images.background()),
                policy.output(),
                0,
                policy.duplicateRetention(),
                new Balance(Optional.of(ConceptList.of(List.of("dog", "polar bear"))), false, 5, Duration.ofHours(1)),
                policy.boilerplate(),
                policy.nearDuplicates(),
                0,
                true);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** Made when the first target needs it. */
    private static final class Records {
        static final Map<String, Object> REGISTRY = Map.of("schema.registry.url", "mock://fuzz");
        static final ByteBuffer PICTURE = TestPairs.picture(1, 40, 40);
        static final AvroDeserializer<CrawledPair> READER = new AvroDeserializer<>(CrawledPair.class);

        static {
            READER.configure(REGISTRY, false);
        }
    }
}
