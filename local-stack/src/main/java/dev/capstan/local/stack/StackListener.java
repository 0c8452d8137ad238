package dev.capstan.local.stack;

/** Hears, in sentences, what happens to the stack; called on the supervisor's thread. */
@FunctionalInterface
public interface StackListener {
    /** One line for a person. */
    void line(String text);
}
