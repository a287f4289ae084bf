using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rca.Reporting;

/// <summary>Named values, such as a record of options.</summary>
/// <param name="Title">What they belong to.</param>
/// <param name="Rows">Name and value of each.</param>
public sealed record SettingsTable(string Title, IReadOnlyList<KeyValuePair<string, string>> Rows)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>All public properties of a record under the names that they have in <c>config.json</c>; those of inner records as <c>outer.inner</c>.</summary>
    public static SettingsTable Of<T>(string title, T record) => new(title, [.. Flatten(null, JsonSerializer.SerializeToElement(record, Json))]);

    private static IEnumerable<KeyValuePair<string, string>> Flatten(string? name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(item => Flatten(name is null ? item.Name : $"{name}.{item.Name}", item.Value)),
        JsonValueKind.Array => [new(name ?? "", string.Join(", ", value.EnumerateArray().Select(Text)))],
        _ => [new(name ?? "", Text(value))],
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "none",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        _ => value.ToString(),
    };
}
