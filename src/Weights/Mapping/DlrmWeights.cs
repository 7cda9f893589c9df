namespace Dlrm.Weights.Mapping;

/// <summary>The weights of a DLRM, whatever the names in its file are.</summary>
/// <param name="Naming">Whose names they are: "facebookresearch/dlrm", "torchrec" or the mapping file.</param>
/// <param name="Tables">The tables, in the order of the feature vectors.</param>
/// <param name="BottomLayers">The layers of the bottom MLP; none for a model without dense features.</param>
/// <param name="TopLayers">The layers of the top MLP; none when only tables were mapped.</param>
/// <param name="Interaction">The order of the first top layer's input columns in the file.</param>
/// <param name="Unmapped">The names of the file's other tensors.</param>
public sealed record DlrmWeights(
    string Naming, IReadOnlyList<DlrmTable> Tables, IReadOnlyList<DlrmLayer> BottomLayers, IReadOnlyList<DlrmLayer> TopLayers, InteractionOrder Interaction, IReadOnlyList<string> Unmapped)
{
    /// <summary>Gets the length of a feature vector.</summary>
    public int EmbeddingDim => (int)Tables[0].Dim;

    /// <summary>Gets F, the number of feature vectors: the bottom MLP's output and the tables.</summary>
    public int Vectors => Tables.Count + (BottomLayers.Count > 0 ? 1 : 0);

    /// <summary>Reads the weight of a layer; that of the first top layer with its columns in this library's order.</summary>
    /// <param name="layer">One of the layers.</param>
    /// <returns>(outputs, inputs), row-major.</returns>
    /// <exception cref="WeightFormatException">It can't be read.</exception>
    public float[] ReadWeight(DlrmLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        float[] weight = new float[layer.Weight.Elements];
        layer.Weight.ReadRows(0, weight);
        if (TopLayers.Count > 0 && layer == TopLayers[0] && Interaction != InteractionOrder.LowerTriangle)
        {
            InteractionColumns.Permute(weight, InteractionColumns.Permutation(Interaction, Vectors, EmbeddingDim));
        }

        return weight;
    }

    /// <summary>Checks that the sizes fit one another.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <returns>This.</returns>
    /// <exception cref="WeightFormatException">They do not; the message has the two that disagree.</exception>
    internal DlrmWeights Checked(string path)
    {
        WeightFormatException Refuse(string what) => new(path, what, "Name the tensors in a mapping file (--mapping); tables alone will do.");
        if (Tables.Count == 0)
        {
            throw Refuse("It has no embedding table.");
        }

        if (Tables.FirstOrDefault(static table => table.Weight.Shape.Count != 2 || table.Rows == 0 || table.Dim is 0 or > int.MaxValue) is DlrmTable wrong)
        {
            throw Refuse($"Its table '{WeightFormatException.Printable(wrong.Weight.Name)}' has the shape ({string.Join(", ", wrong.Weight.Shape)}), and rows and columns are needed.");
        }

        CheckChain(BottomLayers, "bottom", Refuse);
        CheckChain(TopLayers, "top", Refuse);
        if (TopLayers.Count == 0 && BottomLayers.Count == 0)
        {
            return this;
        }

        if (Tables.FirstOrDefault(table => table.Dim != Tables[0].Dim) is DlrmTable other)
        {
            throw Refuse($"Its tables '{WeightFormatException.Printable(Tables[0].Name)}' and '{WeightFormatException.Printable(other.Name)}' have rows of {Tables[0].Dim} and {other.Dim} numbers; a dot interaction needs one length.");
        }

        if (BottomLayers.Count > 0 && BottomLayers[^1].Outputs != EmbeddingDim)
        {
            throw Refuse($"Its bottom MLP gives {BottomLayers[^1].Outputs} numbers, and its tables {EmbeddingDim}.");
        }

        if (TopLayers.Count > 0)
        {
            CheckInteraction(Refuse);
        }

        return this;
    }

    private static void CheckChain(IReadOnlyList<DlrmLayer> layers, string tower, Func<string, WeightFormatException> refuse)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            DlrmLayer layer = layers[k];
            string name = WeightFormatException.Printable(layer.Weight.Name);
            if (layer.Weight.Shape.Count != 2 || layer.Weight.Elements is 0 or > int.MaxValue)
            {
                throw refuse($"Its {tower} layer '{name}' has the shape ({string.Join(", ", layer.Weight.Shape)}), and outputs and inputs are needed.");
            }

            if (layer.Bias is not null && layer.Bias.Elements != layer.Outputs)
            {
                throw refuse($"Its {tower} layer '{name}' has {layer.Outputs} outputs and a bias of {layer.Bias.Elements}.");
            }

            if (k > 0 && layers[k - 1].Outputs != layer.Inputs)
            {
                throw refuse($"Its {tower} layer '{name}' takes {layer.Inputs} numbers, and the layer before gives {layers[k - 1].Outputs}.");
            }
        }
    }

    private void CheckInteraction(Func<string, WeightFormatException> refuse)
    {
        long inputs = TopLayers[0].Inputs;
        long expected = InteractionColumns.Count(Vectors, EmbeddingDim);
        if (inputs == expected)
        {
            return;
        }

        string hint = inputs == expected + Vectors ? "; it seems to have products of vectors with themselves, which this library has not"
            : inputs == (long)Vectors * EmbeddingDim ? "; it seems to take the vectors side by side, which this library does not"
            : string.Empty;
        throw refuse($"Its top MLP takes {inputs} numbers, and the dot interaction of {Vectors} vectors of {EmbeddingDim} gives {expected}{hint}.");
    }
}
