package dev.capstan.local.evaluation;

import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.PromptPart;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.metrics.VqaAccuracy;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.images.ImageLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Visual question answering by a language model that has never been trained for it (arXiv 2209.15162, section 4): a few
 * examples, each a picture, its question and its answer; then the picture and the question; then what the language model
 * writes, up to the first full stop or line feed or to where it asks a question of its own. The blind baseline reads the same
 * without any picture. One thread, once.
 */
public final class QuestionEvaluation {
    private static final long MOST_PIXELS = 100_000_000;
    private static final String PLACE = "{}";
    /** Draws for each example until another question with a readable picture is found. */
    private static final int DRAWS = 20;

    private final CaptioningClip model;
    private final Options options;
    private final Consumer<String> problems;
    private final BoundedImageDecoder decoder =
            new BoundedImageDecoder((int) Pictures.MOST_BYTES, MOST_PIXELS, ImageLimits.allFormats());
    private final Set<String> unreadable = new HashSet<>();

    /**
     * Questions with answers and pictures.
     *
     * @param questions question file of VQA2
     * @param annotations its answers
     * @param images directory of the pictures
     */
    public record Source(Path questions, Path annotations, Path images) {}

    /**
     * @param asked what is asked
     * @param examples where examples are drawn from, for which those that are asked will do: never an example on the picture
     *     that is asked about
     * @param shots numbers of examples, each a run of its own
     * @param blind whether each run is repeated without pictures
     * @param prompt text in which {} stands for the question
     * @param tokens most tokens of an answer
     * @param limit most questions
     * @param seed of the draws of examples, which are the same for each question in every run
     */
    public record Options(
            Source asked,
            Source examples,
            List<Integer> shots,
            boolean blind,
            String prompt,
            int tokens,
            int limit,
            long seed) {
        private static final int MOST_SHOTS = 64;

        public Options {
            shots = List.copyOf(shots);
            if (!prompt.contains(PLACE)) {
                throw new IllegalArgumentException("the prompt \"" + prompt + "\" has no {} for the question");
            }
            if (tokens < 1 || limit < 1) {
                throw new IllegalArgumentException("tokens and limit must be positive: " + tokens + ", " + limit);
            }
            if (shots.isEmpty() || shots.stream().anyMatch(number -> number < 0 || number > MOST_SHOTS)) {
                throw new IllegalArgumentException("shots must be in 0.." + MOST_SHOTS + ", not " + shots);
            }
        }
    }

    /**
     * One run.
     *
     * @param shots examples before each question
     * @param blind whether no picture was shown
     * @param questions that were asked
     * @param passedOver questions whose picture cannot be read or whose prompt is too long
     * @param accuracy VQA accuracy, 0..1
     */
    public record Result(int shots, boolean blind, int questions, int passedOver, double accuracy) {}

    /** @param problems told, in a sentence, of every question that is passed over */
    public QuestionEvaluation(CaptioningClip model, Options options, Consumer<String> problems) {
        this.model = model;
        this.options = options;
        this.problems = problems;
    }

    /**
     * Asks every question in every run.
     *
     * @return one result a number of shots, and the blind one after it where it is asked for
     * @throws IOException if the files cannot be read, or no question could be asked
     */
    public List<Result> run() throws IOException {
        List<QuestionSet.Question> questions = read(options.asked(), options.limit());
        boolean same = options.examples().equals(options.asked());
        boolean needed = options.shots().stream().anyMatch(number -> number > 0);
        List<QuestionSet.Question> examples = same || !needed ? questions : read(options.examples(), Integer.MAX_VALUE);
        List<Result> results = new ArrayList<>();
        for (int shots : options.shots()) {
            results.add(run(questions, examples, shots, false));
            if (options.blind()) {
                results.add(run(questions, examples, shots, true));
            }
        }
        return results;
    }

    private static List<QuestionSet.Question> read(Source source, int limit) throws IOException {
        return QuestionSet.read(source.questions(), source.annotations(), limit);
    }

    private Result run(
            List<QuestionSet.Question> questions, List<QuestionSet.Question> examples, int shots, boolean blind)
            throws IOException {
        int asked = 0;
        double accuracy = 0;
        for (QuestionSet.Question question : questions) {
            Optional<String> answer =
                    prompt(question, examples, shots, blind).flatMap(prompt -> answer(question, prompt));
            if (answer.isPresent()) {
                asked++;
                accuracy += VqaAccuracy.of(answer.get(), question.answers());
            }
        }
        if (asked == 0) {
            throw new IOException(
                    "none of " + questions.size() + " questions could be asked with " + shots + " examples");
        }
        return new Result(shots, blind, asked, questions.size() - asked, accuracy / asked);
    }

    /** Examples and question; empty where the question's picture cannot be read, or there are not enough examples. */
    private Optional<List<PromptPart>> prompt(
            QuestionSet.Question question, List<QuestionSet.Question> examples, int shots, boolean blind) {
        List<PromptPart> prompt = new ArrayList<>();
        SplittableRandom random =
                new SplittableRandom(options.seed() ^ question.id().hashCode());
        Set<String> drawn = new HashSet<>(Set.of(question.id()));
        for (int shot = 0; shot < shots; shot++) {
            Optional<List<PromptPart>> example = Optional.empty();
            for (int draw = 0; draw < DRAWS && example.isEmpty(); draw++) {
                QuestionSet.Question other = examples.get(random.nextInt(examples.size()));
                if (!other.picture().equals(question.picture()) && drawn.add(other.id())) {
                    example = shown(options.examples(), other)
                            .map(picture ->
                                    parts(picture, asked(other) + " " + commonest(other.answers()) + "\n", blind));
                }
            }
            if (example.isEmpty()) {
                problems.accept("question " + question.id() + ": there are not " + shots
                        + " examples with other pictures that can be read");
                return Optional.empty();
            }
            prompt.addAll(example.get());
        }
        // The blind baseline is asked the same questions, so its picture must be there too.
        return shown(options.asked(), question).map(picture -> {
            prompt.addAll(parts(picture, asked(question), blind));
            return prompt;
        });
    }

    private static List<PromptPart> parts(PixelImage picture, String text, boolean blind) {
        PromptPart words = new PromptPart.Text(text);
        return blind ? List.of(words) : List.of(new PromptPart.Picture(picture), words);
    }

    private String asked(QuestionSet.Question question) {
        return options.prompt().replace(PLACE, question.text());
    }

    private static String commonest(List<String> answers) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        answers.forEach(answer -> counts.merge(answer, 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Comparator.comparingInt((Map.Entry<String, Integer> entry) -> entry.getValue()))
                .orElseThrow()
                .getKey();
    }

    /** A question's picture; what cannot be read is told once. */
    private Optional<PixelImage> shown(Source source, QuestionSet.Question question) {
        Path file = source.images().resolve(question.picture());
        boolean first = !unreadable.contains(file.toString());
        Optional<DecodeResult> result = Pictures.read(file, problem -> tell(first, problem))
                .map(image -> decoder.decode(ByteBuffer.wrap(image)));
        result.flatMap(DecodeResult::refused)
                .ifPresent(refused -> tell(first, question.picture() + ": " + refused.detail()));
        Optional<PixelImage> pixels = result.flatMap(DecodeResult::decoded)
                .map(decoded -> model.preprocessor().forEvaluation(decoded.image()));
        if (pixels.isEmpty()) {
            unreadable.add(file.toString());
        }
        return pixels;
    }

    private void tell(boolean first, String problem) {
        if (first) {
            problems.accept(problem);
        }
    }

    private Optional<String> answer(QuestionSet.Question question, List<PromptPart> prompt) {
        try {
            String written = model.complete(prompt, CaptionOptions.greedy(options.tokens()))
                    .get(0)
                    .caption();
            return Optional.of(firstAnswer(written));
        } catch (IllegalArgumentException e) {
            problems.accept("question " + question.id() + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Up to a full stop, a line feed, or the words with which a prompt asks. */
    private String firstAnswer(String written) {
        String answer = written.strip().split("[.\n]", -1)[0];
        String asks =
                options.prompt().substring(0, options.prompt().indexOf(PLACE)).strip();
        int next = asks.isEmpty() ? -1 : answer.indexOf(asks);
        return (next < 0 ? answer : answer.substring(0, next)).strip();
    }
}
