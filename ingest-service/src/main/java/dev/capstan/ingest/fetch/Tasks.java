package dev.capstan.ingest.fetch;

/** Takes tasks and finishes them some time. */
interface Tasks {

    /** Takes a task up; never waits. */
    void submit(FetchTask task);

    /** Lets go of the tasks whose partitions were lost, also of those that are not due for long. */
    void forgetLost();

    /**
     * Whether tasks are still finished.
     *
     * @throws IllegalStateException if something broke: then the process must end
     */
    void check();
}
