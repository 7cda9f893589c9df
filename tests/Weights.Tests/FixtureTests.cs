using System.Text;
using Dlrm.TestSupport;

namespace Dlrm.Weights.Tests;

/// <summary>Files that PyTorch 1.13.1 and NumPy 1.24 wrote (Fixtures/make.py), against what they say of their tensors.</summary>
public sealed class FixtureTests
{
    private static string Folder { get; } = Path.Combine(SharedData.RepositoryRoot, "tests", "Weights.Tests", "Fixtures");

    /// <summary>Gets the fixtures.</summary>
    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.tsv").Select(static path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    /// <summary>The pickle protocols that PyTorch loads, both containers, whole models, TorchScript, views, every element type, deflated entries.</summary>
    /// <param name="name">The fixture.</param>
    [Theory]
    [MemberData(nameof(Names))]
    public void Open_Fixture_HasTheTensorsThatItsWriterSays(string name)
    {
        string[] expected = File.ReadAllLines(Path.Combine(Folder, name + ".tsv"));

        using WeightFile file = WeightFile.Open(Path.Combine(Folder, name));

        Assert.NotEmpty(expected);
        Assert.Equal(expected, file.Tensors.Select(static tensor => $"{Escaped(tensor.Name)}\t{string.Join('x', tensor.Shape)}\t{tensor.Sha256()}"));
    }

    /// <summary>What PyTorch itself writes into a state_dict is understood, in every protocol.</summary>
    [Fact]
    public void Opaque_OfPlainValues_IsEmpty()
    {
        string[] names = [.. Enumerable.Range(1, 5).SelectMany(static protocol => new[] { $"zip-{protocol}.pt", $"legacy-{protocol}.pt" }), "training.pt"];

        Assert.All(names, static name =>
        {
            using WeightFile file = WeightFile.Open(Path.Combine(Folder, name));
            Assert.Empty(file.Opaque);
        });
    }

    private static string Escaped(string name)
    {
        StringBuilder text = new();
        foreach (char letter in name)
        {
            _ = letter switch
            {
                '\n' => text.Append("\\n"),
                > '~' => text.Append("\\x").Append(((int)letter).ToString("x2", System.Globalization.CultureInfo.InvariantCulture)),
                _ => text.Append(letter),
            };
        }

        return text.ToString();
    }
}
