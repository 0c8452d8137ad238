package dev.capstan.inference.loop;

/** How a transaction ended. */
sealed interface CommitResult {
    boolean isCommitted();

    /** Answers and offsets are there for every read_committed reader. */
    record Committed() implements CommitResult {
        @Override
        public boolean isCommitted() {
            return true;
        }
    }

    /** Nothing of it will be seen, or nobody knows yet: the committed offsets tell. */
    record NotCommitted(Exception cause) implements CommitResult {
        @Override
        public boolean isCommitted() {
            return false;
        }
    }
}
