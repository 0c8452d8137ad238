package dev.capstan.local.evaluation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.LabelEmbeddings;
import dev.capstan.model.ScoredLabel;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.metrics.Bleu;
import dev.capstan.model.metrics.CaptionCase;
import dev.capstan.model.metrics.CiderD;
import dev.capstan.model.metrics.ClipScore;
import dev.capstan.model.metrics.DocumentFrequencies;
import dev.capstan.model.metrics.RecallAtK;
import dev.capstan.model.metrics.WordCategoryRecall;
import dev.capstan.model.probe.LinearProbe;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.images.ImageLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One run of a model over pictures: they are read, decoded and embedded batch by batch and forgotten; vectors, texts and
 * captions of at most {@link EvaluationOptions#limit} pictures are kept, and scored at the end. One thread, once.
 */
public final class Evaluation {
    private static final int BATCH = 32;
    private static final long MOST_PIXELS = 100_000_000;
    private static final int TOP = 5;
    private static final int HELD_OUT = 5;
    private static final long PROBE_SEED = 0;
    private static final int[] RECALLS = {1, 5, 10};

    private final CaptioningClip model;
    private final EvaluationOptions options;
    private final Consumer<String> problems;
    private final BoundedImageDecoder decoder =
            new BoundedImageDecoder((int) Pictures.MOST_BYTES, MOST_PIXELS, ImageLimits.allFormats());
    private final List<Example> waiting = new ArrayList<>();
    private final List<PixelImage> pixels = new ArrayList<>();
    private final List<Measured> measured = new ArrayList<>();
    private int passedOver;
    private boolean probeLearns;

    /**
     * @param name of the picture
     * @param features of the linear probe; empty where it is not asked for
     * @param caption empty where captions are not asked for
     */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Measured(
            String name,
            float[] vector,
            float[] features,
            List<String> texts,
            Optional<String> label,
            String caption) {}

    /**
     * @param model to be measured; stays the caller's
     * @param problems told, in a sentence, of everything that is passed over
     */
    public Evaluation(CaptioningClip model, EvaluationOptions options, Consumer<String> problems) {
        this.model = model;
        this.options = options;
        this.problems = problems;
    }

    /**
     * Reads everything and scores it.
     *
     * @throws IOException if the data cannot be read, or has nothing that the tasks could be measured on
     */
    public EvaluationReport run() throws IOException {
        Optional<DocumentFrequencies> frequencies = Optional.empty();
        if (options.frequencies().isPresent()) {
            frequencies =
                    Optional.of(DocumentFrequencies.read(options.frequencies().get()));
        }
        WordCategoryRecall categories = WordCategories.read(options.wordCategories());
        List<Measured> probeTraining = List.of();
        if (asked(EvaluationTask.PROBE) && options.probeTraining().isPresent()) {
            probeTraining = probeTraining(options.probeTraining().get());
        }
        readAll(options.data());
        if (measured.isEmpty()) {
            throw new IOException(options.data() + " has no picture that can be read (" + passedOver + " passed over)");
        }
        List<Measured> texted =
                measured.stream().filter(one -> !one.texts().isEmpty()).toList();
        EvaluationReport report = new EvaluationReport(
                measured.size(),
                passedOver,
                asked(EvaluationTask.ZERO_SHOT) ? zeroShot() : Optional.empty(),
                asked(EvaluationTask.PROBE) ? probe(probeTraining) : Optional.empty(),
                asked(EvaluationTask.RETRIEVAL) ? retrieval(texted) : Optional.empty(),
                asked(EvaluationTask.CAPTIONS) ? captions(texted, frequencies, categories) : Optional.empty());
        if (report.zeroShot().isEmpty()
                && report.probe().isEmpty()
                && report.retrieval().isEmpty()
                && report.captions().isEmpty()) {
            throw new IOException(options.data() + " has " + measured.size()
                    + " pictures, but neither texts nor classes for " + options.tasks());
        }
        return report;
    }

    private void readAll(Path data) throws IOException {
        options.format().open(data, options.images()).read(this::take, this::passOver);
        flush();
    }

    /** What the probe learns from is read as the data is, and then forgotten but for its features. */
    private List<Measured> probeTraining(Path data) throws IOException {
        probeLearns = true;
        readAll(data);
        probeLearns = false;
        List<Measured> training = List.copyOf(measured);
        measured.clear();
        return training;
    }

    private boolean asked(EvaluationTask task) {
        return options.tasks().contains(task);
    }

    private void passOver(String problem) {
        passedOver++;
        problems.accept(problem);
    }

    private boolean take(Example example) {
        DecodeResult result = decoder.decode(ByteBuffer.wrap(example.image()));
        result.refused().ifPresent(refused -> passOver(example.name() + ": " + refused.detail()));
        result.decoded().ifPresent(decoded -> {
            // The bytes have served; what waits for its batch is small.
            waiting.add(new Example(example.name(), new byte[0], example.texts(), example.label()));
            pixels.add(model.preprocessor()
                    .forEvaluation(options.shift()
                            .apply(decoded.image(), example.name().hashCode())));
        });
        if (waiting.size() == BATCH) {
            flush();
        }
        return measured.size() + waiting.size() < options.limit();
    }

    private void flush() {
        float[][] vectors = model.embedPixels(pixels);
        float[][] features = asked(EvaluationTask.PROBE) ? model.probeFeatures(pixels) : new float[pixels.size()][0];
        List<String> captions = asked(EvaluationTask.CAPTIONS) && !probeLearns
                ? model.captionPixels(pixels, CaptionOptions.greedy(options.captionTokens())).stream()
                        .map(result -> result.caption())
                        .toList()
                : List.of();
        for (int i = 0; i < vectors.length; i++) {
            Example example = waiting.get(i);
            measured.add(new Measured(
                    example.name(),
                    vectors[i],
                    features[i],
                    example.texts(),
                    example.label(),
                    captions.isEmpty() ? "" : captions.get(i)));
        }
        waiting.clear();
        pixels.clear();
    }

    private Optional<EvaluationReport.ZeroShot> zeroShot() {
        List<String> labels = labels();
        List<Measured> labelled =
                measured.stream().filter(one -> own(one, labels).isPresent()).toList();
        if (labels.size() < 2 || labelled.isEmpty()) {
            return Optional.empty();
        }
        LabelEmbeddings embeddings = model.labelEmbeddings(labels, options.templates());
        int first = 0;
        int amongFirst = 0;
        for (Measured one : labelled) {
            String own = own(one, labels).orElseThrow();
            List<String> ranked = embeddings.rank(one.vector(), TOP).stream()
                    .map(ScoredLabel::label)
                    .toList();
            first += ranked.get(0).equals(own) ? 1 : 0;
            amongFirst += ranked.contains(own) ? 1 : 0;
        }
        return Optional.of(new EvaluationReport.ZeroShot(
                labelled.size(),
                labels.size(),
                (double) first / labelled.size(),
                (double) amongFirst / labelled.size()));
    }

    /** By classes of the training pictures, or, without any, by every fifth picture of a class against the others. */
    private Optional<EvaluationReport.Probe> probe(List<Measured> training) {
        List<String> labels = labels();
        if (labels.size() < 2) {
            return Optional.empty();
        }
        List<Measured> learnt = new ArrayList<>();
        List<Measured> asked = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Measured one : training.isEmpty() ? measured : training) {
            Optional<String> own = own(one, labels);
            if (own.isPresent()) {
                boolean kept = training.isEmpty() && seen.merge(own.get(), 1, Integer::sum) % HELD_OUT == 0;
                (kept ? asked : learnt).add(one);
            }
        }
        if (!training.isEmpty()) {
            measured.stream().filter(one -> own(one, labels).isPresent()).forEach(asked::add);
        }
        if (learnt.isEmpty() || asked.isEmpty()) {
            return Optional.empty();
        }
        LinearProbe probe = LinearProbe.fit(features(learnt), classes(learnt, labels), labels.size(), PROBE_SEED);
        return Optional.of(new EvaluationReport.Probe(
                learnt.size(),
                asked.size(),
                labels.size(),
                probe.penalty(),
                probe.validationAccuracy(),
                probe.classifier().accuracy(features(asked), classes(asked, labels))));
    }

    private static float[][] features(List<Measured> some) {
        return some.stream().map(Measured::features).toArray(float[][]::new);
    }

    private static int[] classes(List<Measured> some, List<String> labels) {
        return some.stream()
                .mapToInt(one -> labels.indexOf(own(one, labels).orElseThrow()))
                .toArray();
    }

    /** Those that were given, else those of the data in the order of names. */
    private List<String> labels() {
        if (!options.labels().isEmpty()) {
            return List.copyOf(new LinkedHashSet<>(options.labels()));
        }
        Set<String> found = new TreeSet<>();
        measured.forEach(one -> one.label().ifPresent(found::add));
        return List.copyOf(found);
    }

    /** A picture's class: by name, by its number among the labels, or by a text that is a label. */
    private static Optional<String> own(Measured one, List<String> labels) {
        Optional<String> label = one.label();
        if (label.isPresent() && labels.contains(label.get())) {
            return label;
        }
        if (label.isPresent() && label.get().matches("\\d{1,7}") && Integer.parseInt(label.get()) < labels.size()) {
            return Optional.of(labels.get(Integer.parseInt(label.get())));
        }
        return one.texts().stream().filter(labels::contains).findFirst();
    }

    private Optional<EvaluationReport.Retrieval> retrieval(List<Measured> texted) {
        if (texted.isEmpty()) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        List<Set<Integer>> ofImages = new ArrayList<>();
        List<Set<Integer>> ofTexts = new ArrayList<>();
        for (int image = 0; image < texted.size(); image++) {
            Set<Integer> own = new LinkedHashSet<>();
            for (String text : texted.get(image).texts()) {
                own.add(texts.size());
                texts.add(text);
                ofTexts.add(Set.of(image));
            }
            ofImages.add(own);
        }
        float[][] images = texted.stream().map(Measured::vector).toArray(float[][]::new);
        float[][] vectors = model.embedTexts(texts);
        double[] toText = RecallAtK.of(images, vectors, ofImages, RECALLS);
        double[] toImage = RecallAtK.of(vectors, images, ofTexts, RECALLS);
        return Optional.of(new EvaluationReport.Retrieval(
                texted.size(), texts.size(), toText[0], toText[1], toText[2], toImage[0], toImage[1], toImage[2]));
    }

    private static void writeCaptions(Path file, List<Measured> captioned) throws IOException {
        JsonMapper json = JsonMapper.builder().build();
        List<String> lines = new ArrayList<>(captioned.size());
        for (Measured one : captioned) {
            ObjectNode line = json.createObjectNode().put("picture", one.name()).put("caption", one.caption());
            ArrayNode references = line.putArray("references");
            one.texts().forEach(references::add);
            lines.add(json.writeValueAsString(line));
        }
        Files.write(file, lines);
    }

    private Optional<EvaluationReport.Captions> captions(
            List<Measured> texted, Optional<DocumentFrequencies> frequencies, WordCategoryRecall categories)
            throws IOException {
        if (texted.isEmpty()) {
            return Optional.empty();
        }
        if (options.captions().isPresent()) {
            writeCaptions(options.captions().get(), texted);
        }
        List<CaptionCase> cases = texted.stream()
                .map(one -> new CaptionCase(one.caption(), one.texts()).tokenized())
                .toList();
        double cider = Arrays.stream(
                        frequencies.isPresent()
                                ? cases.stream()
                                        .mapToDouble(new CiderD(frequencies.get())::score)
                                        .toArray()
                                : CiderD.corpus(cases))
                .average()
                .orElseThrow();
        double clipScores = 0;
        double refClipScores = 0;
        String prefix = model.architecture().limber().groundingPrefix();
        for (Measured one : texted) {
            List<String> texts = new ArrayList<>(List.of(prefix + one.caption()));
            one.texts().forEach(text -> texts.add(prefix + text));
            List<float[]> vectors = Arrays.asList(model.embedTexts(texts));
            clipScores += ClipScore.of(one.vector(), vectors.get(0));
            refClipScores += ClipScore.withReferences(one.vector(), vectors.get(0), vectors.subList(1, vectors.size()));
        }
        return Optional.of(new EvaluationReport.Captions(
                texted.size(),
                cider,
                Bleu.corpus(cases)[3],
                clipScores / texted.size(),
                refClipScores / texted.size(),
                categories.of(cases)));
    }
}
