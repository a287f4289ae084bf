using Rca.Text;

namespace Rca.Data;

/// <summary>Checks what is missing in data sets with a fixed list of classes.</summary>
internal static class ListedUse
{
    private const int Named = 10;

    /// <param name="images">The usable images.</param>
    /// <param name="classes">The class names.</param>
    /// <param name="source">The file that says which pictures there are to learn from.</param>
    /// <param name="problems">Receives the problems found.</param>
    public static void Check(IReadOnlyList<TaggedImage> images, IReadOnlyList<string> classes, string source, ProblemList problems)
    {
        var trained = images.Where(image => image.Split == Split.Train).SelectMany(image => image.Tags).ToHashSet();
        if (trained.Count == 0)
        {
            problems.Add("nothing to train on", $"No picture of {source} is there with tags; training needs some.", fatal: true);
            return;
        }
        var without = classes.Where((_, c) => !trained.Contains(c)).ToList();
        if (without.Count > 0)
            problems.Add(
                "class without pictures",
                $"{without.Count} of {classes.Count} classes have no train picture and cannot be learnt: {string.Join(", ", without.Take(Named))}{(without.Count > Named ? ", ..." : ".")}");
    }
}
