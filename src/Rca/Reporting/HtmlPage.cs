using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Rca.Reporting;

/// <summary>
/// Gathers HTML. Text enters only through the holes of interpolated strings, where it is escaped: markup is what stands in our source,
/// and nothing from outside can become markup.
/// </summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _html = new();

    public void Add([InterpolatedStringHandlerArgument("")] Markup markup) => _ = markup;

    public override string ToString() => _html.ToString();

    /// <summary>Writes literals as they are and everything else escaped, numbers in the invariant culture.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Markup
    {
        private readonly StringBuilder _html;

        public Markup(int literalLength, int formattedCount, HtmlPage page)
        {
            _html = page._html;
            _html.EnsureCapacity(_html.Length + literalLength + 16 * formattedCount);
        }

        public void AppendLiteral(string literal) => _html.Append(literal);

        public void AppendFormatted(string? text) => _html.Append(WebUtility.HtmlEncode(text));

        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));
    }
}
