namespace Dlrm.Numerics;

/// <summary>The shape of a brick wall of two-site gates over Q sites of dimension 2, M layers deep, with a leaky ReLU between layers.</summary>
/// <remarks>
/// <code>
/// S[0] = v ⊗ v ⊗ … ⊗ v,  v = [1, 0]         S[m + 1] = σ(L[m] S[m])      σ(x) = max(x, slope·x), none after the last layer
/// L[m]: gates on sites (0,1), (2,3), …, then on (1,2), (3,4), …: Q − 1 gates of 4 × 4 numbers
/// </code>
/// <para>Entry i of a state has site 0 as its most significant bit. Gates are stored layer by layer, those of even first sites before those of odd ones,
/// each row-major: y[2a + b] = Σ gate[2a + b, 2c + d] · x[2c + d].</para>
/// </remarks>
public sealed record BrickWallShape
{
    /// <summary>The most sites: 2³⁰ entries.</summary>
    public const int MostSites = 30;

    /// <summary>The numbers of a gate.</summary>
    public const int GateLength = 16;

    /// <summary>The sites of one pass over memory, at most about: their columns fit into a processor's own cache, one copy for each gate.</summary>
    private const int SitesOfAPass = 9;

    /// <summary>Initializes a new instance of the <see cref="BrickWallShape"/> class.</summary>
    /// <param name="sites">Q, in [2, 30].</param>
    /// <param name="layers">M, at least 1.</param>
    /// <param name="slope">The slope of σ below 0, in [0, 1].</param>
    public BrickWallShape(int sites, int layers, float slope)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sites, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sites, MostSites);
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        if (!(slope >= 0 && slope <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(slope), $"The slope of the leaky ReLU is {slope}; it must be in [0, 1].");
        }

        Sites = sites;
        Layers = layers;
        Slope = slope;
        Passes = (sites + SitesOfAPass - 1) / SitesOfAPass;
    }

    /// <summary>Gets Q.</summary>
    public int Sites { get; }

    /// <summary>Gets M.</summary>
    public int Layers { get; }

    /// <summary>Gets the slope of σ below 0.</summary>
    public float Slope { get; }

    /// <summary>Gets 2^Q.</summary>
    public long StateLength => 1L << Sites;

    /// <summary>Gets Q − 1.</summary>
    public int GatesPerLayer => Sites - 1;

    /// <summary>Gets 16·M·(Q − 1).</summary>
    public int GatesLength => GateLength * Layers * GatesPerLayer;

    /// <summary>Gets the floats that hold every layer's output: M·2^Q.</summary>
    public long StatesLength => Layers * StateLength;

    /// <summary>Gets how often a layer's forward pass reads and writes its state.</summary>
    public int Passes { get; }

    /// <summary>Gets the floats that a backward pass needs beside states and gradient.</summary>
    public long WorkspaceLength => (Passes - 1) * StateLength;

    /// <summary>Gets the position of a gate among those of its layer.</summary>
    /// <param name="site">Its first site, in [0, Q − 1).</param>
    /// <returns>The position.</returns>
    public int GateOf(int site) => (site / 2) + (site % 2 == 0 ? 0 : Sites / 2);

    /// <summary>Gets the sites of a pass: the last sites come first, and a pass shares one site with the one before it.</summary>
    /// <param name="pass">The pass, from 0.</param>
    /// <returns>The first site, which is even, and the end.</returns>
    internal (int First, int End) SitesOf(int pass) => (FirstOf(pass), pass == 0 ? Sites : FirstOf(pass - 1) + 1);

    private int FirstOf(int pass) => 2 * (Sites * (Passes - 1 - pass) / (2 * Passes));
}
