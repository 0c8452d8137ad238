package dev.capstan.ingest.fetch;

/** Takes tasks and finishes them some time. */
interface Tasks {

    /** Takes a task up; never waits. */
    void submit(FetchTask task);

    /**
     * Whether tasks are still finished.
     *
     * @throws IllegalStateException if something broke: then the process must end
     */
    void check();
}
