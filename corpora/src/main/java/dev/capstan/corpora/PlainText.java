package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Plain text for a language model: lines that lead from words to a name ("monkey, face, animal. a picture of monkey
 * face"), the same for nouns of a dictionary, and its entries. The line at an index is a function of the texts, the
 * recipe, the seed and the index alone. Immutable: any thread may call.
 */
public final class PlainText {

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}'’-]+");
    private static final Set<String> FUNCTION_WORDS = Set.of(
            "a", "an", "the", "of", "or", "and", "in", "to", "with", "for", "that", "is", "on", "by", "as", "from",
            "at", "which", "used", "having", "being", "who");
    private static final int MOST_MEANING_WORDS = 3;
    private static final int LONGEST_NOUN = 24;
    private static final int MOST_NOUN_WORDS = 2;

    private static final int CONCEPT_REPETITIONS = 400;
    private static final int KEY_WORD_REPETITIONS = 20;
    private static final int PHRASE_REPETITIONS = 2000;

    private final PlainTextRecipe recipe;
    private final List<Concept> concepts;
    private final List<List<Concept>> categories;
    private final List<Gloss> nouns;
    private final List<Gloss> glosses;
    private final List<Kind> kinds;

    public PlainText(Pictures pictures, List<Gloss> glosses, PlainTextRecipe recipe) {
        this.recipe = recipe;
        this.concepts = pictures.concepts();
        this.categories = byCategory(concepts);
        this.glosses = List.copyOf(glosses);
        this.nouns = glosses.stream().filter(PlainText::isPlainNoun).toList();
        this.kinds = Stream.of(
                        new Kind(concepts.isEmpty() ? 0 : recipe.conceptWeight(), this::aboutConcept),
                        new Kind(nouns.isEmpty() ? 0 : recipe.nounWeight(), this::aboutNoun),
                        new Kind(glosses.isEmpty() ? 0 : recipe.glossWeight(), this::entry))
                .filter(kind -> kind.weight() > 0)
                .toList();
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("no text to make lines of: " + concepts.size() + " concepts, "
                    + glosses.size() + " glosses, " + recipe);
        }
    }

    /** An endless stream of lines. */
    public Stream<String> lines(long seed) {
        return LongStream.iterate(0, index -> index + 1).mapToObj(index -> line(seed, index));
    }

    /** So many lines. */
    public Stream<String> lines(long seed, long count) {
        return LongStream.range(0, count).mapToObj(index -> line(seed, index));
    }

    /** The line at an index. */
    public String line(long seed, long index) {
        RandomGenerator random = Seeds.random(seed, index);
        return Weights.draw(kinds, Kind::weight, random).line().draw(random);
    }

    /**
     * Text to train a tokeniser's vocabulary on, so that names stay whole: every name and key word, every noun with its
     * meaning, each with how often it should be counted.
     */
    public Stream<CountedLine> vocabulary() {
        Stream<CountedLine> names =
                concepts.stream().map(concept -> new CountedLine(concept.name(), CONCEPT_REPETITIONS));
        Stream<CountedLine> keyWords = concepts.stream()
                .filter(concept -> !concept.keyWords().isEmpty())
                .map(concept -> new CountedLine(String.join(", ", concept.keyWords()), KEY_WORD_REPETITIONS));
        Stream<CountedLine> dictionary = glosses.stream()
                .filter(gloss -> gloss.partOfSpeech() == Gloss.PartOfSpeech.NOUN)
                .flatMap(gloss ->
                        Stream.of(new CountedLine(gloss.lemmas().get(0), 1), new CountedLine(gloss.meaning(), 1)));
        Stream<CountedLine> phrase = Stream.of(new CountedLine(recipe.prompt() + " , emoji : .", PHRASE_REPETITIONS));
        return Stream.of(names, keyWords, dictionary, phrase).flatMap(lines -> lines);
    }

    private String aboutConcept(RandomGenerator random) {
        List<Concept> category = Weights.draw(
                categories,
                members -> recipe.categoryWeights().getOrDefault(members.get(0).category(), 1.0),
                random);
        Concept concept = category.get(random.nextInt(category.size()));
        List<String> words = new ArrayList<>(concept.keyWords());
        double named = random.nextDouble();
        if (named < recipe.nameInContextShare()) {
            words.add(concept.name());
        } else if (named < recipe.nameInContextShare() + recipe.nameWordsInContextShare()) {
            words.addAll(words(concept.name()));
        }
        return prompted(words, concept.name(), random);
    }

    private String aboutNoun(RandomGenerator random) {
        Gloss noun = nouns.get(random.nextInt(nouns.size()));
        String name = noun.lemmas().get(0);
        List<String> meaning = words(noun.meaning());
        Collections.shuffle(meaning, legacy(random));
        List<String> words = new ArrayList<>(meaning.subList(0, Math.min(MOST_MEANING_WORDS, meaning.size())));
        words.addAll(words(name));
        noun.lemmas().stream().skip(1).limit(1).forEach(words::add);
        return prompted(words, name, random);
    }

    private String entry(RandomGenerator random) {
        Gloss gloss = glosses.get(random.nextInt(glosses.size()));
        return gloss.lemmas().get(0) + ": " + gloss.meaning();
    }

    private String prompted(List<String> words, String name, RandomGenerator random) {
        List<String> context = new ArrayList<>(new LinkedHashSet<>(words));
        Collections.shuffle(context, legacy(random));
        context.removeIf(word -> random.nextDouble() >= recipe.keepWordShare());
        int most = 1 + random.nextInt(recipe.mostContextWords());
        String ending = recipe.prompt() + " " + name;
        if (context.isEmpty() || random.nextDouble() < recipe.noContextShare()) {
            return ending;
        }
        List<String> kept = context.subList(0, Math.min(most, context.size()));
        if (random.nextDouble() < recipe.commasShare()) {
            return String.join(", ", kept) + ". " + ending;
        }
        return String.join(" ", kept) + " " + ending;
    }

    private static List<List<Concept>> byCategory(List<Concept> concepts) {
        Map<String, List<Concept>> categories = new LinkedHashMap<>();
        concepts.forEach(concept -> categories
                .computeIfAbsent(concept.category(), category -> new ArrayList<>())
                .add(concept));
        return categories.values().stream().map(List::copyOf).toList();
    }

    private static boolean isPlainNoun(Gloss gloss) {
        String name = gloss.lemmas().get(0);
        return gloss.partOfSpeech() == Gloss.PartOfSpeech.NOUN
                && name.length() <= LONGEST_NOUN
                && words(name).size() <= MOST_NOUN_WORDS;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Arrays.stream(NO_WORD.split(text, -1))
                .filter(word -> !word.isEmpty() && !FUNCTION_WORDS.contains(word))
                .forEach(words::add);
        return words;
    }

    /** Shuffling takes only the old class. */
    private static Random legacy(RandomGenerator random) {
        return new Random(random.nextLong());
    }

    /**
     * A line and how often a count of words should count it.
     *
     * @param count at least 1
     */
    public record CountedLine(String text, int count) {}

    private record Kind(double weight, Line line) {}

    /** Makes lines of one kind. */
    private interface Line {
        String draw(RandomGenerator random);
    }
}
