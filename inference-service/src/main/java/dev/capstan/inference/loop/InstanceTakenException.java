package dev.capstan.inference.loop;

/** Another process uses this one's instance name: one of them must end. */
public final class InstanceTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InstanceTakenException(String problem) {
        super(problem + ": another process seems to use the same instance name. Give each inference process a name of"
                + " its own in CAPSTAN_INFERENCE_INSTANCE.");
    }
}
