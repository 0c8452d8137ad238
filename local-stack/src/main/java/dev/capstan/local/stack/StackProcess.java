package dev.capstan.local.stack;

/** The processes of the stack in start order, each with what its JVM may use. */
enum StackProcess {
    BROKER("broker", "dev.capstan.broker.EmbeddedBroker", 256, false, false),
    REGISTRY("registry", "io.quarkus.runner.GeneratedMain", 192, false, false),
    INGEST("ingest", "dev.capstan.ingest.Main", 256, true, false),
    FETCH("fetch", "dev.capstan.ingest.fetch.FetchMain", 160, false, false),
    TRAINER("trainer", "dev.capstan.trainer.Main", 384, true, true),
    INFERENCE("inference", "dev.capstan.inference.Main", 288, true, true),
    SCORE("score", "dev.capstan.inference.score.ScoreMain", 192, true, true),
    CONSOLE("console", "dev.capstan.console.Main", 64, false, false);

    private final String processName;
    private final String mainClass;
    private final int heapMebibytes;
    private final boolean hotLoops;
    private final boolean tensors;

    StackProcess(String processName, String mainClass, int heapMebibytes, boolean hotLoops, boolean tensors) {
        this.processName = processName;
        this.mainClass = mainClass;
        this.heapMebibytes = heapMebibytes;
        this.hotLoops = hotLoops;
        this.tensors = tensors;
    }

    String processName() {
        return processName;
    }

    String mainClass() {
        return mainClass;
    }

    int heapMebibytes() {
        return heapMebibytes;
    }

    /** Whether it computes in Java and deserves the optimising compiler. */
    boolean hasHotLoops() {
        return hotLoops;
    }

    /** Whether it loads the native tensor library. */
    boolean hasTensors() {
        return tensors;
    }

    boolean isService() {
        return compareTo(INGEST) >= 0;
    }
}
