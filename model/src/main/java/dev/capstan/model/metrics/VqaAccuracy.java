package dev.capstan.model.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * VQA accuracy (arXiv 1505.00468; visualqa.org/evaluation): for each of the people's answers left out in turn,
 * min(1, agreeing others / 3), and the mean of that.
 *
 * <p>Answers are normalised first, by the rules that the challenge publishes: lower case, no full stop that is not part
 * of a number, number words as digits, no articles, apostrophes put back into contractions, other punctuation a space
 * (nothing where it stands at a space, or where the answer has a comma between digits), colon and apostrophe kept. The
 * reference leaves unanimous people's answers as they are; here they are normalised too, so that an answer that differs
 * from theirs only in form is right.
 */
public final class VqaAccuracy {
    private static final double AGREEING = 3;
    private static final String PUNCTUATION = ";/[]\"{}()=+\\_-><@`,?!";
    private static final Pattern COMMA_IN_NUMBER = Pattern.compile("\\d,\\d");
    private static final Pattern FULL_STOP = Pattern.compile("\\.(?!\\d)");
    /** The reference passes a regular expression's flag where its count belongs, so no more than these go. */
    private static final int MOST_FULL_STOPS = 32;

    private static final Set<String> ARTICLES = Set.of("a", "an", "the");
    private static final Map<String, String> NUMBERS = Map.ofEntries(
            Map.entry("none", "0"),
            Map.entry("zero", "0"),
            Map.entry("one", "1"),
            Map.entry("two", "2"),
            Map.entry("three", "3"),
            Map.entry("four", "4"),
            Map.entry("five", "5"),
            Map.entry("six", "6"),
            Map.entry("seven", "7"),
            Map.entry("eight", "8"),
            Map.entry("nine", "9"),
            Map.entry("ten", "10"));
    private static final Map<String, String> CONTRACTIONS = contractions();

    private VqaAccuracy() {}

    /**
     * @param answer the model's answer
     * @param people what people answered, usually ten
     * @return 0..1
     */
    public static double of(String answer, List<String> people) {
        if (people.isEmpty()) {
            throw new IllegalArgumentException("nobody answered, so \"" + answer + "\" cannot be judged");
        }
        String normalised = normalise(answer);
        boolean[] agrees = new boolean[people.size()];
        int agreeing = 0;
        for (int i = 0; i < agrees.length; i++) {
            agrees[i] = normalise(people.get(i)).equals(normalised);
            agreeing += agrees[i] ? 1 : 0;
        }
        double sum = 0;
        for (boolean own : agrees) {
            sum += Math.min(1, (agreeing - (own ? 1 : 0)) / AGREEING);
        }
        return sum / agrees.length;
    }

    /** The form in which answers are compared. */
    public static String normalise(String answer) {
        String bare =
                withoutPunctuation(answer.replace('\n', ' ').replace('\t', ' ').strip());
        List<String> words = new ArrayList<>();
        for (String word : bare.toLowerCase(Locale.ROOT).strip().split("\\s+", -1)) {
            String digits = NUMBERS.getOrDefault(word, word);
            if (!ARTICLES.contains(digits)) {
                words.add(CONTRACTIONS.getOrDefault(digits, digits));
            }
        }
        return String.join(" ", words);
    }

    private static String withoutPunctuation(String answer) {
        boolean commaInNumber = COMMA_IN_NUMBER.matcher(answer).find();
        String result = answer;
        for (int i = 0; i < PUNCTUATION.length(); i++) {
            String mark = PUNCTUATION.substring(i, i + 1);
            boolean atSpace = answer.contains(mark + " ") || answer.contains(" " + mark);
            result = result.replace(mark, atSpace || commaInNumber ? "" : " ");
        }
        Matcher stops = FULL_STOP.matcher(result);
        StringBuilder without = new StringBuilder();
        for (int i = 0; i < MOST_FULL_STOPS && stops.find(); i++) {
            stops.appendReplacement(without, "");
        }
        return stops.appendTail(without).toString();
    }

    /** Each contraction by each of its forms with one apostrophe left out. */
    private static Map<String, String> contractions() {
        String forms =
                "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't "
                        + "he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've "
                        + "mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't "
                        + "shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll someone's "
                        + "something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've "
                        + "they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's "
                        + "where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've "
                        + "wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've";
        Map<String, String> contractions = new HashMap<>();
        for (String form : Arrays.asList(forms.split(" ", -1))) {
            for (int at = form.indexOf('\''); at >= 0; at = form.indexOf('\'', at + 1)) {
                contractions.put(form.substring(0, at) + form.substring(at + 1), form);
            }
        }
        // The reference has this one the wrong way round.
        contractions.put("somebody'd", "somebodyd");
        return Map.copyOf(contractions);
    }
}
