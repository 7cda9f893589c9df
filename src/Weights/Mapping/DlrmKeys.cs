using System.Globalization;
using System.Text.RegularExpressions;

namespace Dlrm.Weights.Mapping;

/// <summary>Finds the weights of a DLRM by the names that programs give them.</summary>
/// <remarks>
/// <code>
/// facebookresearch/dlrm   emb_l.N.weight, bot_l.N.weight/bias, top_l.N.weight/bias                        lower triangle
/// torchrec                …embedding_bags.t_NAME.weight, …dense_arch….weight/bias, …over_arch….weight/bias   upper triangle
/// </code>
/// <para>Anything may stand before them: "state_dict.", "module.", "model.". Layers count in the order of the numbers in their names.</para>
/// </remarks>
public static partial class DlrmKeys
{
    /// <summary>The naming of facebookresearch/dlrm.</summary>
    public const string Facebook = "facebookresearch/dlrm";

    /// <summary>The naming of torchrec.</summary>
    public const string Torchrec = "torchrec";

    /// <summary>Finds the weights if the names are known.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The weights; null when no name is of a known kind.</returns>
    /// <exception cref="WeightFormatException">The names are known, and the sizes do not fit one another.</exception>
    public static DlrmWeights? TryMap(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Match? table = FirstMatch(file, FacebookTable());
        if (table is not null)
        {
            string prefix = Regex.Escape(table.Groups["before"].Value);
            return Map(file, Facebook, FacebookTable(), table.Groups["before"].Value, new Regex($"^{prefix}bot_l\\."), new Regex($"^{prefix}top_l\\."), InteractionOrder.LowerTriangle);
        }

        table = FirstMatch(file, TorchrecTable());
        return table is null ? null : Map(file, Torchrec, TorchrecTable(), table.Groups["before"].Value, DenseArch(), OverArch(), InteractionOrder.UpperTriangle);
    }

    /// <summary>Finds the weights by a mapping file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mapping">The mapping.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="WeightFormatException">A name is not in the file, or the sizes do not fit one another.</exception>
    public static DlrmWeights Map(WeightFile file, KeyMapping mapping)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(mapping);
        DlrmLayer Layer(KeyMappingLayer layer) => new(file.Find(layer.Weight), layer.Bias is null ? null : file.Find(layer.Bias));
        return Finish(
            file, "mapping file", [.. mapping.Tables.Select(table => new DlrmTable(table.Name, file.Find(table.Weight)))],
            [.. mapping.Bottom.Select(Layer)], [.. mapping.Top.Select(Layer)], mapping.Interaction);
    }

    private static DlrmWeights Map(WeightFile file, string naming, Regex tablePattern, string before, Regex bottom, Regex top, InteractionOrder interaction)
    {
        List<DlrmTable> tables = [.. from tensor in file.Tensors
                                     let match = tablePattern.Match(tensor.Name)
                                     where match.Success && match.Groups["before"].Value == before
                                     select new DlrmTable(match.Groups["name"].Value, tensor)];
        if (naming == Facebook)
        {
            tables.Sort(static (left, right) => Number(left).CompareTo(Number(right)));
            int missing = tables.Select(Number).TakeWhile(static (number, place) => number == place).Count();
            if (missing < tables.Count)
            {
                throw new WeightFormatException(file.Path, $"Its tables are not numbered from 0 on: '{before}emb_l.{missing}.weight' is missing or there twice.", "Put the parts of a distributed run together first, or name the tensors in a mapping file (--mapping).");
            }
        }

        return Finish(file, naming, tables, Layers(file, bottom), Layers(file, top), interaction);
    }

    private static DlrmWeights Finish(WeightFile file, string naming, List<DlrmTable> tables, List<DlrmLayer> bottom, List<DlrmLayer> top, InteractionOrder interaction)
    {
        HashSet<StoredTensor> mapped = [.. tables.Select(static table => table.Weight), .. bottom.Concat(top).SelectMany(static layer => layer.Bias is null ? [layer.Weight] : new[] { layer.Weight, layer.Bias })];
        string[] unmapped = [.. file.Tensors.Where(tensor => !mapped.Contains(tensor)).Select(static tensor => tensor.Name)];
        return new DlrmWeights(naming, tables, bottom, top, interaction, unmapped).Checked(file.Path);
    }

    private static List<DlrmLayer> Layers(WeightFile file, Regex tower)
    {
        const string Weight = ".weight";
        const string Bias = ".bias";
        ILookup<string, StoredTensor> tensors = file.Tensors.Where(tensor => tower.IsMatch(tensor.Name)).ToLookup(static tensor => tensor.Name, StringComparer.Ordinal);
        return [.. tensors.Select(static group => group.Key).Where(static name => name.EndsWith(Weight, StringComparison.Ordinal))
            .Select(static name => name[..^Weight.Length]).Order(new LayerOrder())
            .Select(name => new DlrmLayer(tensors[name + Weight].First(), tensors[name + Bias].FirstOrDefault()))];
    }

    private static Match? FirstMatch(WeightFile file, Regex pattern) => file.Tensors.Select(tensor => pattern.Match(tensor.Name)).FirstOrDefault(static match => match.Success);

    private static int Number(DlrmTable table) => int.Parse(table.Name, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<before>(?:.*\.)?)emb_l\.(?<name>\d{1,6})\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex FacebookTable();

    [GeneratedRegex(@"^(?<before>(?:.*\.)?)embedding_bags\.(?:t_)?(?<name>.+)\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex TorchrecTable();

    [GeneratedRegex(@"(?:^|\.)dense_arch\.", RegexOptions.NonBacktracking)]
    private static partial Regex DenseArch();

    [GeneratedRegex(@"(?:^|\.)over_arch\.", RegexOptions.NonBacktracking)]
    private static partial Regex OverArch();
}
