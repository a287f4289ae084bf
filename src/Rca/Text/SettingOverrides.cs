using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Rca.Text;

/// <summary>Changes single settings by the names that a run's <c>config.json</c> gives them.</summary>
public static class SettingOverrides
{
    /// <summary>How settings are written.</summary>
    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a range check refuses them, with words
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>All settings by the names that <see cref="Apply{T}(T, IReadOnlyList{string})"/> takes, with their values as it reads them.</summary>
    public static IEnumerable<(string Name, string Value)> List(object settings) => List("", JsonSerializer.SerializeToNode(settings, Json)!.AsObject());

    /// <summary>The settings with some of them changed. Ranges are not checked here.</summary>
    /// <param name="settings">Where to start from.</param>
    /// <param name="assignments">Each <c>name=value</c>, with a dot before the parts of a setting; of a name given twice the last value counts.</param>
    /// <exception cref="RcaException">Lists every assignment that names no setting or gives a value of another kind.</exception>
    public static T Apply<T>(T settings, IReadOnlyList<string> assignments) where T : class
    {
        var mistakes = new List<string>();
        foreach (string assignment in assignments)
        {
            try
            {
                settings = Apply(settings, assignment);
            }
            catch (RcaException e)
            {
                mistakes.Add(e.Message);
            }
        }
        if (mistakes.Count > 0) throw new RcaException($"These settings cannot be changed so:{string.Concat(mistakes.Select(static m => $"\n  {m}"))}");
        return settings;
    }

    private static IEnumerable<(string Name, string Value)> List(string prefix, JsonObject group) => group.SelectMany(item =>
        item.Value is JsonObject part ? List($"{prefix}{item.Key}.", part) : [(prefix + item.Key, item.Value is JsonArray list ? $"[{string.Join(',', list)}]" : item.Value?.ToString() ?? "null")]);

    private static T Apply<T>(T settings, string assignment) where T : class
    {
        int split = assignment.IndexOf('=', StringComparison.Ordinal);
        if (split <= 0) throw new RcaException($"'{assignment}' is not of the form name=value");
        string name = assignment[..split].Trim(), value = assignment[(split + 1)..].Trim();
        JsonObject all = JsonSerializer.SerializeToNode(settings, Json)!.AsObject(), group = all;
        string[] path = name.Split('.');
        for (int depth = 0; depth < path.Length; depth++)
        {
            if (!group.ContainsKey(path[depth]))
                throw new RcaException($"'{name}' is not a setting.{NearestName.Hint(path[depth], group.Select(static item => item.Key))} There are: {string.Join(", ", group.Select(static item => item.Key))}");
            if (depth == path.Length - 1) break;
            group = group[path[depth]] as JsonObject ?? throw new RcaException($"'{name}' is not a setting: {path[depth]} has no parts");
        }
        string before = group[path[^1]]?.ToJsonString() ?? "null";
        group[path[^1]] = Parse(value);
        try
        {
            return all.Deserialize<T>(Json)!;
        }
        catch (JsonException)
        {
            throw new RcaException($"{name} cannot be '{value}'; without the change it is {before}");
        }
    }

    /// <summary>A number, true, false, null or a list as JSON has them; anything else is text.</summary>
    private static JsonNode? Parse(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
