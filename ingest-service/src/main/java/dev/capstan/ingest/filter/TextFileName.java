package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;
import java.util.regex.Pattern;

/** The text is the name of a file, the number that a camera gave, or an address: it says nothing of the picture. */
final class TextFileName implements Rule<NormalisedText> {
    static final String NAME = "text-file-name";

    private static final int MAX_CHARACTERS = 300;
    private static final String ENDING = "(?:jpe?g|jfif|png|gif|webp|bmp|tiff?|svg|heic|avif|ico)";
    // Possessive, so that no text makes them search twice.
    private static final Pattern FILE = Pattern.compile("(?i)\\S++(?<=\\." + ENDING + ")");
    private static final Pattern SPACED_FILE =
            Pattern.compile("(?i)(?:copy of )?+[\\p{L}\\p{N}_()\\- ]{1,60}+\\." + ENDING);
    private static final Pattern CAMERA = Pattern.compile(
            "(?i)(?:img|dsc[fn]?|pict?|image|photo|picture|screenshot|screen shot|untitled|scan|mvi|gopr|pxl)"
                    + "[ _-]*+\\(?+\\d[\\d_ .()-]*+");
    private static final Pattern DIGITS = Pattern.compile("(?i)\\d[\\d_.-]{4,}+|(?=.*\\d)[0-9a-f-]{16,}+");
    private static final Pattern ADDRESS = Pattern.compile("(?i)(?:https?://|www\\.)\\S++");

    @Override
    public Verdict judge(NormalisedText subject) {
        String text = subject.text();
        if (text.length() > MAX_CHARACTERS || !isName(text)) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(NAME, "The text is a file name, a camera's number or an address.");
    }

    private static boolean isName(String text) {
        return FILE.matcher(text).matches()
                || SPACED_FILE.matcher(text).matches()
                || CAMERA.matcher(text).matches()
                || DIGITS.matcher(text).matches()
                || ADDRESS.matcher(text).matches();
    }
}
