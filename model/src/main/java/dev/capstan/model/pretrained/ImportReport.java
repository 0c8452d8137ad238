package dev.capstan.model.pretrained;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found in a published model's files, by the files' own tensor names.
 *
 * @param directory where
 * @param format whose layout it is
 * @param found parameters of ours that have their values
 * @param elements numbers in them
 * @param missing tensors that the architecture needs and the files lack
 * @param misfits tensors of a wrong shape or type, each with what was expected
 * @param unexpected tensors that nothing reads
 * @param ignored tensors that follow from the configuration or are without use for inference
 */
public record ImportReport(
        Path directory,
        String format,
        int found,
        long elements,
        List<String> missing,
        List<String> misfits,
        List<String> unexpected,
        List<String> ignored) {
    private static final int SHOWN = 20;

    public ImportReport {
        missing = List.copyOf(missing);
        misfits = List.copyOf(misfits);
        unexpected = List.copyOf(unexpected);
        ignored = List.copyOf(ignored);
    }

    /** Whether every parameter has its values, and every tensor its place. */
    public boolean isClean() {
        return missing.isEmpty() && misfits.isEmpty() && unexpected.isEmpty();
    }

    /** A few lines for people. */
    public String describe() {
        List<String> lines = new ArrayList<>();
        lines.add(directory + ": " + format + ", " + found + " parameters of " + elements + " numbers");
        add(lines, "missing", missing);
        add(lines, "does not fit", misfits);
        add(lines, "unexpected", unexpected);
        return String.join(System.lineSeparator(), lines);
    }

    private static void add(List<String> lines, String what, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        lines.add(what + " (" + names.size() + "): "
                + String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                + (names.size() > SHOWN ? ", ..." : ""));
    }
}
