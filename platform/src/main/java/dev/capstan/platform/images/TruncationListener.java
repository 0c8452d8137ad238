package dev.capstan.platform.images;

import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;

/** Notices that a reader filled the rest of a picture with nothing because the file ended; readers only warn of it. */
final class TruncationListener implements IIOReadWarningListener {

    private boolean seen;

    @Override
    public void warningOccurred(ImageReader source, String warning) {
        String text = warning.toLowerCase(Locale.ROOT);
        if (text.contains("premature end") || text.contains("truncated") || text.contains("without eoi")) {
            seen = true;
        }
    }

    boolean seen() {
        return seen;
    }
}
