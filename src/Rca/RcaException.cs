namespace Rca;

/// <summary>
/// A mistake that a user can correct; the message says what was found, what was expected and what to do.
/// The program prints it without a stack trace.
/// </summary>
public class RcaException : Exception
{
    /// <summary>Makes the error.</summary>
    public RcaException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
