package dev.capstan.model;

/**
 * What DJL must be told before it loads a native library, in one place. Whoever starts the process may have set an
 * environment variable or a system property of the same name, which wins.
 */
public final class NativeSettings {
    /** DJL reports its use to its makers unless this is set. */
    private static final String OPT_OUT = "OPT_OUT_TRACKING";
    /** Beside a graphics card DJL would download another build of the tokenizer, which never computes there. */
    private static final String TOKENIZER_BUILD = "RUST_FLAVOR";

    private NativeSettings() {}

    /** Call this before the first use of DJL; any thread, any number of times. */
    public static void ensure() {
        setUnlessGiven(OPT_OUT, "true");
        setUnlessGiven(TOKENIZER_BUILD, "cpu");
    }

    private static void setUnlessGiven(String name, String value) {
        if (System.getenv(name) == null && System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
