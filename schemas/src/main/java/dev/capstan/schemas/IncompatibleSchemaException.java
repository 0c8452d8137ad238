package dev.capstan.schemas;

/** The registry refuses a schema under its compatibility rule. */
public final class IncompatibleSchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IncompatibleSchemaException(String subject, Throwable cause) {
        super("The registry refuses the schema of subject " + subject + ": " + cause.getMessage(), cause);
    }
}
